"""Offer a lot, and withdraw the offer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.identity.access import Actor
from app.identity.commands import audit
from app.identity.queries import household_of_one
from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict, NotFound
from app.kernel.text import fold, tidy
from app.kernel.uow import UnitOfWork
from app.registry import queries as registry
from marketplace.delivery import commands as terms
from marketplace.delivery import queries as delivery
from marketplace.listings import queries, rules
from marketplace.listings.models import Listing
from marketplace.listings.queries import ListingView
from marketplace.stock import commands as stock
from traceability.lots import queries as lots
from traceability.lots.rules import check_open


class AlreadyWithdrawn(Conflict):
    """The listing was withdrawn before."""

    type = "already-withdrawn"


class NoDeliveryTerms(Conflict):
    """The seller has not said yet how his goods reach a buyer."""

    type = "no-delivery-terms"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """`units` of a lot, each of `unit_weight_g` grams, for `price_vnd` đồng a unit."""

    lot_id: UUID
    unit_weight_g: int
    price_vnd: int
    units: int
    client_id: UUID
    note: str = ""


def offer(
    uow: UnitOfWork, wanted: Offer, *, actor: Actor, now: datetime, simulated: bool = False
) -> ListingView:
    """Put units of one's own lot into the shop; a repeat with the same `client_id` returns the first listing.

    Raises NotFound, LotOnHold, LotRecalled, LotClosed, AbsurdUnitWeight, AbsurdUnits, AbsurdPrice,
    MoreThanTheLot, NoDeliveryTerms, PastShelfLife.
    """
    today = local_day(now)
    if done := queries.listing_by_client_id(uow, actor.organisation_id, wanted.client_id, today):
        return done
    lot = lots.get_lot(uow, actor, wanted.lot_id)
    if lot.owner_id != actor.organisation_id:
        raise NotFound(lot=wanted.lot_id)
    check_open(lot.state, lot_no=lot.lot_no)
    rules.check_shelf_life(queries.sell_by(uow, lot), lot_no=lot.lot_no, today=today)
    if actor.organisation_id not in delivery.terms_of(uow, [actor.organisation_id]):
        raise NoDeliveryTerms
    rules.check_offer(
        unit_weight_g=wanted.unit_weight_g,
        units=wanted.units,
        price_vnd=wanted.price_vnd,
        free_g=queries.free_g(uow, {lot.id: lot.remaining_g})[lot.id],
    )
    plot = registry.plot(uow, lot.plot_id)
    item = registry.trade_item(uow, lot.trade_item_id)
    words = (item.name, item.name_en, plot.commune_name, plot.province_name, plot.hamlet or "", lot.lot_no)
    listing_id = new_id()
    uow.add(
        Listing(
            id=listing_id,
            lot_id=lot.id,
            trade_item_id=lot.trade_item_id,
            organisation_id=actor.organisation_id,
            unit_weight_g=wanted.unit_weight_g,
            price_vnd=wanted.price_vnd,
            units=wanted.units,
            note=tidy(wanted.note)[:200],
            search=" " + fold(" ".join(words))[:490],
            state="open",
            client_id=wanted.client_id,
            created_at=now,
            simulated=simulated or lot.simulated,
        )
    )
    stock.open_stock(uow, listing_id, wanted.units)
    audit(uow, actor, "listing.offered", listing_id, now, units=wanted.units, price_vnd=wanted.price_vnd)
    return queries.listing(uow, listing_id, today)


def withdraw(uow: UnitOfWork, listing_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Sell nothing more of a listing; orders that stand are still to be served.

    Raises NotFound, AlreadyWithdrawn.
    """
    queries.own_listing(uow, actor.organisation_id, listing_id, local_day(now))
    done = uow.session.scalar(
        update(Listing)
        .where(Listing.id == listing_id, Listing.state == "open")
        .values(state="withdrawn", withdrawn_at=now)
        .returning(Listing.id)
        .execution_options(synchronize_session=False)
    )
    if done is None:
        raise AlreadyWithdrawn(listing=listing_id)
    stock.close_stock(uow, listing_id)
    audit(uow, actor, "listing.withdrawn", listing_id, now)


def forget_seller(uow: UnitOfWork, person_id: UUID, now: datetime) -> None:
    """Erasure: a household of one sells nothing more, and its words to buyers are blanked."""
    household_id = household_of_one(uow, person_id, local_day(now))
    if household_id is None:
        return
    terms.forget_place(uow, household_id)
    mine = Listing.organisation_id == household_id
    offered = uow.session.scalars(select(Listing.id).where(mine, Listing.state == "open")).all()
    for listing_id in offered:
        stock.close_stock(uow, listing_id)
    quiet = {"synchronize_session": False}
    uow.session.execute(
        update(Listing)
        .where(Listing.id.in_(offered))
        .values(state="withdrawn", withdrawn_at=now)
        .execution_options(**quiet)
    )
    uow.session.execute(update(Listing).where(mine).values(note="").execution_options(**quiet))
