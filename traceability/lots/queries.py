"""Lots as their owners, the cooperative that receives them and the office list them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.identity.access import Actor
from app.identity.models import Organisation, OrganisationMember
from app.kernel.paging import Page, Paged, part
from app.kernel.problems import NotFound
from app.kernel.text import fold
from app.kernel.uow import UnitOfWork
from app.registry.models import Plot
from traceability.lots.crops import CROPS
from traceability.lots.models import Lot, LotHold
from traceability.lots.rules import HoldKind, LotState

YEAR: Final = timedelta(days=365)


@dataclass(frozen=True)
class HoldView:
    """One reason why a lot is or was held; `values` are the figures of its sentence."""

    id: UUID
    lot_id: UUID
    kind: HoldKind
    values: dict[str, Any]
    since: datetime
    put_by: UUID | None
    released_at: datetime | None
    released_by: UUID | None
    released_for: UUID | None
    reason: str | None


@dataclass(frozen=True)
class LotView:
    """A lot; `holds` are the open ones, oldest first. Weights are grams."""

    id: UUID
    lot_no: str
    gtin: str
    trade_item_id: UUID
    crop: str
    plot_id: UUID
    owner_id: UUID
    harvested_by_id: UUID
    harvested_on: date
    weight_g: int
    remaining_g: int
    state: LotState
    holds: tuple[HoldView, ...]
    revision: int
    harvest_event_id: UUID
    created_at: datetime
    simulated: bool

    @property
    def packed_g(self) -> int:
        """Grams that left the heap into packs."""
        return self.weight_g - self.remaining_g

    @property
    def is_held(self) -> bool:
        """Whether nothing of it may move now."""
        return self.state is LotState.HELD


_HOLD = (
    LotHold.id, LotHold.lot_id, LotHold.kind, LotHold.values, LotHold.since, LotHold.put_by,
    LotHold.released_at, LotHold.released_by, LotHold.released_for, LotHold.reason,
)  # fmt: skip


def _hold(row: Sequence[Any]) -> HoldView:
    return HoldView(row[0], row[1], HoldKind(row[2]), *row[3:])


def _views(uow: UnitOfWork, asked: Select[Lot]) -> list[LotView]:
    """The lots of an ordered statement with their open holds (2 statements)."""
    rows = uow.session.scalars(asked.execution_options(populate_existing=True)).all()
    held = [row.id for row in rows if row.state == LotState.HELD]
    found: dict[UUID, list[HoldView]] = {}
    if held:
        reasons = select(*_HOLD).where(LotHold.lot_id.in_(held), LotHold.released_at.is_(None))
        for row in uow.session.execute(reasons.order_by(LotHold.since, LotHold.id)):
            found.setdefault(row.lot_id, []).append(_hold(row))
    return [_view(row, tuple(found.get(row.id, ()))) for row in rows]


def _view(row: Lot, holds: tuple[HoldView, ...]) -> LotView:
    return LotView(
        id=row.id,
        lot_no=row.lot_no,
        gtin=row.gtin,
        trade_item_id=row.trade_item_id,
        crop=row.crop,
        plot_id=row.plot_id,
        owner_id=row.owner_id,
        harvested_by_id=row.harvested_by_id,
        harvested_on=row.harvested_on,
        weight_g=row.weight_g,
        remaining_g=row.remaining_g,
        state=LotState(row.state),
        holds=holds,
        revision=row.revision,
        harvest_event_id=row.harvest_event_id,
        created_at=row.created_at,
        simulated=row.simulated,
    )


def find_lot(uow: UnitOfWork, lot_id: UUID) -> LotView | None:
    """One lot for whoever asks, or None."""
    found = _views(uow, select(Lot).where(Lot.id == lot_id))
    return found[0] if found else None


def lot(uow: UnitOfWork, lot_id: UUID) -> LotView:
    """One lot for whoever asks. Raises NotFound."""
    if found := find_lot(uow, lot_id):
        return found
    raise NotFound(lot=lot_id)


def lots(uow: UnitOfWork, lot_ids: Iterable[UUID]) -> dict[UUID, LotView]:
    """Several lots by id, for whoever asks (2 statements)."""
    return {view.id: view for view in _views(uow, select(Lot).where(Lot.id.in_(set(lot_ids))))}


def lot_by_no(uow: UnitOfWork, lot_no: str, *, gtin: str | None = None) -> LotView | None:
    """The lot of this number (and GTIN, when given), or None."""
    asked = select(Lot).where(Lot.lot_no == lot_no)
    found = _views(uow, asked if gtin is None else asked.where(Lot.gtin == gtin))
    return found[0] if found else None


def get_lot(uow: UnitOfWork, actor: Actor, lot_id: UUID) -> LotView:
    """A lot of the actor's organisation, of a member household (for packers) or of his office's communes.

    Raises NotFound.
    """
    found = _views(uow, select(Lot).where(Lot.id == lot_id, _visible(actor)))
    if not found:
        raise NotFound(lot=lot_id)
    return found[0]


def _visible(actor: Actor) -> ColumnElement[bool]:
    sees = [Lot.owner_id == actor.organisation_id, Lot.harvested_by_id == actor.organisation_id]
    if actor.has("packer"):
        sees.append(_of_a_member(actor.organisation_id))
    if actor.commune_codes:
        sees.append(
            Lot.plot_id.in_(select(Plot.id).where(Plot.commune_code.in_(sorted(actor.commune_codes))))
        )
    return or_(*sees)


def _of_a_member(organisation_id: UUID) -> ColumnElement[bool]:
    """The lot was picked by a household that was a member of the organisation on that day."""
    return (
        select(OrganisationMember.id)
        .where(
            OrganisationMember.organisation_id == organisation_id,
            OrganisationMember.member_id == Lot.harvested_by_id,
            OrganisationMember.valid_from <= Lot.harvested_on,
            or_(
                OrganisationMember.valid_to.is_(None),
                OrganisationMember.valid_to >= Lot.harvested_on,
            ),
        )
        .exists()
    )


def lot_by_client_id(uow: UnitOfWork, organisation_id: UUID, client_id: UUID) -> LotView | None:
    """The lot that this phone already handed in, or None."""
    asked = select(Lot).where(Lot.harvested_by_id == organisation_id, Lot.client_id == client_id)
    found = _views(uow, asked)
    return found[0] if found else None


def lots_of(uow: UnitOfWork, actor: Actor, page: Page, *, open_only: bool = False) -> Paged[LotView]:
    """Lots of the actor's organisation, the newest first (3 statements)."""
    mine = select(Lot).where(Lot.owner_id == actor.organisation_id)
    if open_only:
        mine = mine.where(Lot.state == LotState.OPEN, Lot.remaining_g > 0)
    return _paged(uow, mine.order_by(Lot.harvested_on.desc(), Lot.id.desc()), page)


def open_lots(uow: UnitOfWork, organisation_id: UUID) -> dict[UUID, int]:
    """Open lots of an organisation, the newest first, with the grams that are not packed (1 statement)."""
    mine = select(Lot.id, Lot.remaining_g).where(Lot.owner_id == organisation_id, Lot.state == LotState.OPEN)
    rows = uow.session.execute(mine.order_by(Lot.harvested_on.desc(), Lot.id.desc()))
    return {row.id: row.remaining_g for row in rows}


def held_lots(uow: UnitOfWork, actor: Actor, page: Page) -> Paged[LotView]:
    """Lots of the actor's organisation that are held, the newest first (3 statements)."""
    mine = select(Lot).where(Lot.owner_id == actor.organisation_id, Lot.state == LotState.HELD)
    return _paged(uow, mine.order_by(Lot.harvested_on.desc(), Lot.id.desc()), page)


def lots_to_receive(uow: UnitOfWork, actor: Actor, page: Page) -> Paged[LotView]:
    """Held lots of member households, which a packer of this organisation may release (3 statements)."""
    asked = select(Lot).where(
        Lot.state == LotState.HELD,
        Lot.harvested_by_id != actor.organisation_id,
        _of_a_member(actor.organisation_id),
    )
    return _paged(uow, asked.order_by(Lot.harvested_on.desc(), Lot.id.desc()), page)


def lots_at_desk(
    uow: UnitOfWork, actor: Actor, page: Page, *, words: str = "", state: str = ""
) -> Paged[LotView]:
    """Lots of the communes of an office: by lot number, owner, crop or plot, newest first."""
    asked = select(Lot).where(
        Lot.plot_id.in_(select(Plot.id).where(Plot.commune_code.in_(sorted(actor.commune_codes))))
    )
    if state in set(LotState):
        asked = asked.where(Lot.state == state)
    for word in words.split()[:6]:
        asked = asked.where(_has(word))
    return _paged(uow, asked.order_by(Lot.harvested_on.desc(), Lot.id.desc()), page)


def _has(word: str) -> ColumnElement[bool]:
    like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    folded = fold(word)
    crops = [crop.key for crop in CROPS.values() if folded in fold(crop.name_vi)]
    owners = select(Organisation.id).where(
        or_(Organisation.name.ilike(like, escape="\\"), Organisation.public_code.ilike(like, escape="\\"))
    )
    plots = select(Plot.id).where(Plot.name.ilike(like, escape="\\"))
    return or_(
        Lot.lot_no.ilike(like, escape="\\"),
        Lot.crop.in_(crops),
        Lot.owner_id.in_(owners),
        Lot.plot_id.in_(plots),
    )


def _paged(uow: UnitOfWork, asked: Select[Lot], page: Page) -> Paged[LotView]:
    asked, page, total = part(uow, asked, page)
    return Paged(_views(uow, asked), page, total)


def holds_of(uow: UnitOfWork, lot_id: UUID) -> list[HoldView]:
    """Every hold of a lot, open and released, oldest first."""
    asked = select(*_HOLD).where(LotHold.lot_id == lot_id).order_by(LotHold.since, LotHold.id)
    return [_hold(row) for row in uow.session.execute(asked)]


def season_total_g(uow: UnitOfWork, plot_id: UUID, *, until: date, but: UUID | None = None) -> int:
    """Grams picked from a plot in the year that ends on `until`, without the lot `but`."""
    asked = select(func.coalesce(func.sum(Lot.weight_g), 0)).where(
        Lot.plot_id == plot_id, Lot.harvested_on > until - YEAR, Lot.harvested_on <= until
    )
    return int(uow.session.scalar(asked if but is None else asked.where(Lot.id != but)) or 0)


def picked_since(uow: UnitOfWork, plot_id: UUID, day: date) -> list[LotView]:
    """Lots of a plot picked on that day or later, oldest first."""
    asked = select(Lot).where(Lot.plot_id == plot_id, Lot.harvested_on >= day)
    return _views(uow, asked.order_by(Lot.harvested_on, Lot.id))


def ids_in_communes(uow: UnitOfWork, commune_codes: Iterable[str]) -> list[UUID]:
    """Lots harvested in these communes, for what the desk must see of them."""
    here = select(Lot.id).join(Plot, Plot.id == Lot.plot_id).where(Plot.commune_code.in_(set(commune_codes)))
    return list(uow.session.scalars(here))
