"""The tables of lots beside what the event stream says of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.kernel.uow import UnitOfWork
from app.registry import queries as registry
from traceability.lots.models import Lot, LotHold
from traceability.lots.told import Difference, Key, LotTold, differ
from traceability.recall.models import Recall


@dataclass(frozen=True)
class InForce:
    """What the tables say is in force of one lot."""

    holds: frozenset[UUID]
    recall: UUID | None
    recall_class: str | None


def in_force(uow: UnitOfWork, lot_ids: Iterable[UUID] | None = None) -> Mapping[UUID, InForce]:
    """Open holds and recalls in force by lot (2 statements); None: of every lot."""
    holds = select(LotHold.lot_id, LotHold.id).where(LotHold.released_at.is_(None))
    recalls = select(Recall.lot_id, Recall.id, Recall.recall_class).where(Recall.lifted_at.is_(None))
    if lot_ids is not None:
        wanted = list(lot_ids)
        holds = holds.where(LotHold.lot_id.in_(wanted))
        recalls = recalls.where(Recall.lot_id.in_(wanted))
    held: dict[UUID, set[UUID]] = {}
    for lot_id, hold_id in uow.session.execute(holds):
        held.setdefault(lot_id, set()).add(hold_id)
    called = {lot_id: (one, kind) for lot_id, one, kind in uow.session.execute(recalls)}
    return {
        lot_id: InForce(frozenset(held.get(lot_id, ())), *called.get(lot_id, (None, None)))
        for lot_id in held.keys() | called.keys()
    }


NOTHING = InForce(frozenset(), None, None)


def differences(row: Lot, told: LotTold, stored: InForce = NOTHING) -> Iterator[Difference]:
    """What the lot's own row and what is in force of it say otherwise than the events."""
    name = f"lot {row.lot_no}"
    yield from differ(f"{name} weight_g", row.weight_g, told.weight_g)
    yield from differ(f"{name} state", row.state, told.state.value)
    yield from differ(f"{name} harvested_on", row.harvested_on, told.picked_on)
    yield from differ(f"{name} harvested_by", row.harvested_by_id, told.picked_by)
    yield from differ(f"{name} owner", row.owner_id, told.picked_by)  # goods change hands as packs
    yield from differ(f"{name} plot", row.plot_id, told.plot_id)
    yield from differ(f"{name} open holds", sorted(stored.holds), sorted(told.holds))
    recalls = ((one.recall, one.recall_class) for one in (stored, told))
    yield from differ(f"{name} recall", *recalls)


def differences_of(uow: UnitOfWork, lot_id: UUID, told: Mapping[Key, LotTold]) -> list[Difference]:
    """The same for one lot, with the product under whose number it was sealed (4 statements)."""
    row = uow.session.get_one(Lot, lot_id)
    lot = told.get((row.gtin, row.lot_no))
    if lot is None:
        return [Difference(f"lot {row.lot_no}", "there", None)]
    item = registry.trade_item(uow, row.trade_item_id)
    found = list(differences(row, lot, in_force(uow, [lot_id]).get(lot_id, NOTHING)))
    return [*found, *differ(f"lot {row.lot_no} product", (item.gtin, item.crop), (row.gtin, row.crop))]
