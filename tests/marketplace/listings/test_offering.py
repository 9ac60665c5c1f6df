"""A farmer offers what he has, once, and stops when he likes."""

from uuid import uuid4

import pytest
from flask import Flask

from app.kernel.paging import Page
from app.kernel.problems import NotFound
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from marketplace.listings import commands, queries
from marketplace.listings.rules import ListingState, MoreThanTheLot
from tests.scene import people
from tests.scene.farm import TODAY, Farm, a_farm
from tests.scene.shop import guest_orders, offered, packed_lot
from traceability.lots import commands as lots
from traceability.lots.rules import LotOnHold


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


def hold(farm: Farm, lot_id) -> None:
    with unit_of_work() as uow:
        lots.hold(uow, lot_id, reason="kiểm tra", actor=people.office(), now=farm.now)


class TestOffering:
    def test_a_lost_answer_gives_one_listing(self, farm: Farm) -> None:
        lot, same = packed_lot(farm), uuid4()
        assert offered(farm, lot, client_id=same).id == offered(farm, lot, client_id=same).id

    def test_the_price_of_a_kilogram_is_told(self, farm: Farm) -> None:
        assert offered(farm, packed_lot(farm), unit_g=500, price_vnd=30_000).price_per_kg == 60_000

    def test_what_is_on_offer_already_counts(self, farm: Farm) -> None:
        lot = packed_lot(farm, weight_g=kg(15))
        offered(farm, lot, units=10)
        with pytest.raises(MoreThanTheLot) as refused:
            offered(farm, lot, units=6)
        assert refused.value.values["most"] == 5

    def test_what_was_promised_of_a_withdrawn_listing_counts(self, farm: Farm) -> None:
        lot = packed_lot(farm, weight_g=kg(15))
        listing = offered(farm, lot, units=10)
        guest_orders((listing, 3))
        with unit_of_work() as uow:
            commands.withdraw(uow, listing.id, actor=farm.owner, now=farm.now)
            assert queries.free_g(uow, {lot.id: farm.again(lot).remaining_g}) == {lot.id: kg(12)}

    def test_somebody_elses_lot_is_not_found(self, farm: Farm) -> None:
        lot = packed_lot(farm)
        with pytest.raises(NotFound):
            offered(a_farm(name="Hộ khác"), lot)

    def test_a_held_lot_is_not_offered(self, farm: Farm) -> None:
        lot = packed_lot(farm)
        hold(farm, lot.id)
        with pytest.raises(LotOnHold):
            offered(farm, lot)


class TestStanding:
    def test_a_held_lot_stops_its_listing(self, farm: Farm) -> None:
        lot = packed_lot(farm)
        listing = offered(farm, lot)
        hold(farm, lot.id)
        with unit_of_work(read_only=True) as uow:
            assert queries.listing(uow, listing.id, TODAY).state is ListingState.STOPPED
            assert queries.live(uow, Page(), TODAY).rows == []

    def test_a_listing_without_units_is_sold_out(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm), units=2)
        guest_orders((listing, 2))
        with unit_of_work(read_only=True) as uow:
            assert queries.listing(uow, listing.id, TODAY).state is ListingState.SOLD_OUT

    def test_a_withdrawn_listing_cannot_be_withdrawn_again(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        with unit_of_work() as uow:
            commands.withdraw(uow, listing.id, actor=farm.owner, now=farm.now)
        with pytest.raises(commands.AlreadyWithdrawn), unit_of_work() as uow:
            commands.withdraw(uow, listing.id, actor=farm.owner, now=farm.now)
