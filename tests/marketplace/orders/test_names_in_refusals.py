"""A refusal of the shop names the product in the reader's language, as the page around it does."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from app.kernel.uow import unit_of_work
from marketplace.listings.commands import withdraw
from marketplace.listings.queries import ListingView
from marketplace.orders import commands, placing
from tests.scene import people
from tests.scene.buyer import address, put, seen
from tests.scene.farm import Farm, a_farm
from tests.scene.shop import guest_orders, offered, packed_lot
from traceability.lots import commands as lots


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


@pytest.fixture
def listing(farm: Farm) -> ListingView:
    return offered(farm, packed_lot(farm, packs=2))


def sends(client: FlaskClient, form: dict[str, str], language: str) -> str:
    """What the checkout answers to a reader of this language."""
    return client.post("/checkout", query_string={"lang": language}, data=form).text


def puts(client: FlaskClient, listing: ListingView, units: int, language: str) -> str:
    """What the cart answers to a reader of this language."""
    wanted = {"listing": str(listing.id), "units": str(units)}
    return client.post("/cart/add", query_string={"lang": language}, data=wanted).text


class TestInTheCart:
    def test_more_than_is_left(self, client: FlaskClient, listing: ListingView) -> None:
        assert f"{listing.product} chỉ còn 10 phần" in puts(client, listing, 11, "vi")
        assert f"{listing.product_en}: only 10 left" in puts(client, listing, 11, "en")

    def test_no_longer_for_sale(self, client: FlaskClient, farm: Farm, listing: ListingView) -> None:
        with unit_of_work() as uow:
            withdraw(uow, listing.id, actor=farm.owner, now=farm.now)
        assert f"{listing.product} không còn bán." in puts(client, listing, 1, "vi")
        assert f"{listing.product_en} is no longer on sale." in puts(client, listing, 1, "en")


class TestAtTheCheckout:
    def test_another_buyer_was_faster(self, client: FlaskClient, listing: ListingView) -> None:
        put(client, listing, 2)
        form = address() | seen(client)
        guest_orders((listing, 9))
        assert f"{listing.product} chỉ còn 1 phần" in sends(client, form, "vi")
        assert f"{listing.product_en}: only 1 left" in sends(client, form, "en")

    @pytest.mark.parametrize("stop", ["withdrawn", "held"])
    def test_taken_from_sale(self, client: FlaskClient, farm: Farm, listing: ListingView, stop: str) -> None:
        put(client, listing, 2)
        form = address() | seen(client)
        with unit_of_work() as uow:
            if stop == "held":
                lots.hold(uow, listing.lot_id, reason="kiểm tra", actor=people.office(), now=farm.now)
            else:
                withdraw(uow, listing.id, actor=farm.owner, now=farm.now)
        assert f"{listing.product} vừa ngừng bán" in sends(client, form, "vi")
        assert f"{listing.product_en} has just gone off sale" in sends(client, form, "en")


def test_a_refusal_is_raised_for_readers_of_either_language(
    app: Flask, farm: Farm, listing: ListingView
) -> None:
    (order,) = guest_orders((listing, 3))
    with pytest.raises(commands.TooFewPacked) as unpacked, unit_of_work() as uow:
        commands.ship_order(uow, order.id, actor=farm.owner, now=farm.now)
    with pytest.raises(placing.SoldToSomebodyElse) as sold:
        guest_orders((listing, 8))
    for refused in (unpacked.value, sold.value):
        for language, name in (("vi", listing.product), ("en", listing.product_en)):
            with force_locale(language):
                assert str(refused.values["product"]) == name
