"""Trade items of an office: a number of GS1, the product, the weight of a pack."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from app.identity import commands as identity
from app.identity.access import Actor
from app.identity.queries import gs1_prefix_of, organisation
from app.kernel.db import new_id
from app.kernel.problems import Conflict, Invalid
from app.kernel.text import slug, tidy
from app.kernel.uow import UnitOfWork
from app.registry import gs1, queries
from app.registry.commands import UnknownCrop
from app.registry.crops import CROP_NAMES
from app.registry.models import TradeItem
from app.registry.queries import TradeItemView

LONGEST_SHELF_LIFE: Final = 1_100  # days; three years of dried goods
HEAVIEST_PACK_G: Final = 1_000_000  # a pallet box; more in one pack is a slip of the pen


class GTINTaken(Conflict):
    """This number stands for another product already; a GTIN is never given twice."""

    type, field = "gtin-taken", "gtin"


class NoPrefix(Invalid):
    """The office has no company prefix to number from: the GTIN has to be typed."""

    type, field = "no-gs1-prefix", "gtin"


class OwnerMissing(Invalid):
    """The number is not under the office's prefix: say whose it is."""

    type, field = "gtin-owner-missing", "gtin_owner"


class AbsurdShelfLife(Invalid):
    """Not a number of days within which goods of the field are sold."""

    type, field = "absurd-shelf-life", "shelf_life_days"


class ItemNameMissing(Invalid):
    """A product has a name in both languages."""

    type, field = "item-name-missing", "name"


@dataclass(frozen=True, kw_only=True)
class AddTradeItem:
    """A product as it will be labelled. An empty `gtin` takes the next one under the office's prefix."""

    gtin: str
    gtin_owner: str
    crop: str
    name: str
    name_en: str
    description: str = ""
    description_en: str = ""
    net_weight_g: int | None = None  # of one pack; None: weighed each time
    shelf_life_days: int | None = None  # sold so long after the harvest; None: no limit


def add_trade_item(uow: UnitOfWork, wanted: AddTradeItem, *, actor: Actor, now: datetime) -> TradeItemView:
    """Enter a product with its number.

    Raises NotAGTIN, WrongCheckDigit, GTINTaken, NoPrefix, NoNumberLeft, OwnerMissing, UnknownCrop,
    ItemNameMissing, AbsurdShelfLife.
    """
    name, name_en = tidy(wanted.name), tidy(wanted.name_en)
    if not (slug(name) and name_en):
        raise ItemNameMissing
    if wanted.crop not in CROP_NAMES:
        raise UnknownCrop(crop=wanted.crop[:40])
    _check_shelf_life(wanted.shelf_life_days)
    prefix = gs1_prefix_of(uow, actor.organisation_id)
    gtin = gs1.parse_gtin(wanted.gtin) if wanted.gtin.strip() else _next_gtin(uow, prefix)
    if uow.session.scalar(select(TradeItem.id).where(TradeItem.gtin == gtin)) is not None:
        raise GTINTaken(gtin=gtin)
    owner = tidy(wanted.gtin_owner)
    if not owner and gs1.is_demonstration(gtin):
        owner = gs1.DEMONSTRATION_OWNER  # lent for examples, whoever numbers from it
    elif not owner and prefix and gtin[1:].startswith(prefix):
        owner = organisation(uow, actor.organisation_id).name
    if not owner:
        raise OwnerMissing(gtin=gtin)
    row = TradeItem(
        id=new_id(),
        gtin=gtin,
        gtin_owner=owner,
        gtin_kind=_kind(gtin),
        crop=wanted.crop,
        slug=_free_slug(uow, name),
        name=name,
        name_en=name_en,
        description=tidy(wanted.description),
        description_en=tidy(wanted.description_en),
        net_weight_g=wanted.net_weight_g,
        shelf_life_days=wanted.shelf_life_days,
        image=f"img/goods/{wanted.crop}.svg",
    )
    uow.add(row)
    identity.audit(uow, actor, "trade_item.added", row.id, now, gtin=gtin)
    return queries.trade_item(uow, row.id)


def set_shelf_life(
    uow: UnitOfWork, item_id: UUID, days: int | None, *, actor: Actor, now: datetime
) -> TradeItemView:
    """For how many days after the harvest a product is sold; it holds for every lot at once.

    Raises NotFound, AbsurdShelfLife.
    """
    _check_shelf_life(days)
    before = queries.trade_item(uow, item_id).shelf_life_days
    uow.session.execute(update(TradeItem).where(TradeItem.id == item_id).values(shelf_life_days=days))
    identity.audit(uow, actor, "trade_item.shelf_life", item_id, now, days=days, before=before)
    return queries.trade_item(uow, item_id)


def _check_shelf_life(days: int | None) -> None:
    if days is not None and not 1 <= days <= LONGEST_SHELF_LIFE:
        raise AbsurdShelfLife(longest=LONGEST_SHELF_LIFE)


def _next_gtin(uow: UnitOfWork, prefix: str | None) -> gs1.GTIN14:
    """The lowest number under the prefix that nobody has; reference 0 is left out."""
    if prefix is None:
        raise NoPrefix
    taken = queries.gtins_under(uow, prefix)
    number = 1
    while (gtin := gs1.gtin_from(prefix, number)) in taken:
        number += 1
    return gtin


def _kind(gtin: gs1.GTIN14) -> str:
    if gs1.is_demonstration(gtin):
        return "demonstration"
    return "restricted" if gs1.is_restricted_circulation(gtin) else "gs1"


def _free_slug(uow: UnitOfWork, name: str) -> str:
    """The name for addresses; a second product of the same name gets a number behind it."""
    wanted, number = slug(name, longest=54), 1
    while uow.session.scalar(select(TradeItem.id).where(TradeItem.slug == _numbered(wanted, number))):
        number += 1
    return _numbered(wanted, number)


def _numbered(wanted: str, number: int) -> str:
    return wanted if number == 1 else f"{wanted}-{number}"
