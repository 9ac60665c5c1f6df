"""A list that grows is paged: 25 on a page, the rest behind "Sau", nothing lost and nothing twice."""

import re
from collections.abc import Callable
from urllib.parse import urljoin
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.identity.access import Actor
from app.kernel.db import new_id
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from app.registry import gs1
from app.registry.models import TradeItem
from sensors_link.devices import commands as devices
from tests.scene.farm import Farm, a_farm, plot_of
from tests.scene.people import NOW, logs_in, office
from tests.scene.shop import offered

MANY = 30
NAMES = [f"Thứ {n:02d}" for n in range(1, MANY + 1)]


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


def plots(farm: Farm) -> list[str]:
    for name in NAMES:
        plot_of(farm.owner, name=name)
    return NAMES


def measured(farm: Farm) -> list[str]:
    for name in NAMES:
        with unit_of_work() as uow:
            device, _key = devices.enrol(uow, devices.EnrolDevice(name=name), actor=farm.owner, now=NOW)
            stream = devices.AddDatastream(
                device_id=device.id, plot_id=farm.plot_id, code="T", observed_property="air_temperature"
            )
            devices.add_datastream(uow, stream, actor=farm.owner, now=NOW)
    return NAMES


def lots_to_sell(farm: Farm) -> list[str]:
    return [farm.harvests(kg(1)).lot_no for _ in NAMES]


def listings(farm: Farm) -> list[str]:
    return [offered(farm, farm.harvests(kg(1)), units=1).lot_no for _ in NAMES]


def products(_farm: Farm) -> list[str]:
    with unit_of_work() as uow:
        for number, name in enumerate(NAMES):
            uow.add(
                TradeItem(
                    id=new_id(), gtin=gs1.gtin_from("9529999", number), gtin_owner="GS1",
                    gtin_kind="demonstration", crop="durian", slug=f"thu-{number}", name=name,
                    name_en=f"Thing {number}", net_weight_g=None, image="img/goods/durian.svg",
                )
            )  # fmt: skip
    return NAMES


def shown(client: FlaskClient, path: str, names: list[str]) -> list[str]:
    """Which of these a page shows, each as often as in a list: once."""
    page = client.get(path)
    assert page.status_code == 200
    return [name for name in names if name in page.text]


@pytest.mark.parametrize(
    ("path", "who", "made"),
    [
        ("/farm/plots", "farmer", plots),
        ("/farm/sell", "farmer", lots_to_sell),
        ("/farm/sensors/", "farmer", measured),
        ("/office/plots", "officer", plots),
        ("/office/sensors/", "officer", measured),
        ("/office/items", "officer", products),
        ("/products", "", products),
        ("/products/mangosteen", "", listings),
        ("/products?q=mangosteen", "", listings),
    ],
)
def test_shows_25_and_a_link_to_the_rest(
    app: Flask, client: FlaskClient, farm: Farm, path: str, who: str, made: Callable[[Farm], list[str]]
) -> None:
    names = made(farm)
    if who:
        logs_in(client, farm.owner if who == "farmer" else _officer())
    first = shown(client, path, names)
    behind = re.search(r'rel="next" href="([^"]+)"', client.get(path).text)
    assert behind is not None
    onward = urljoin(path, behind[1].replace("&amp;", "&"))
    second = shown(client, onward, names)
    assert 24 <= len(first) <= 25, "the farm's own plot or product may stand among them"
    assert sorted(first + second) == sorted(names)
    last = onward.replace("page=2", "page=99")
    assert shown(client, last, names) == second, "a page behind the last is the last"


def _officer() -> Actor:
    return office()


def test_the_sellers_two_lists_turn_their_pages_apart(client: FlaskClient, farm: Farm) -> None:
    offers, free = listings(farm), lots_to_sell(farm)
    logs_in(client, farm.owner)
    page = client.get("/farm/sell?page=2&listed=2").text
    assert sum(lot_no in page for lot_no in free) == MANY - 25
    assert page.count("đang bán</span>") == MANY - 25
    names = re.findall(r'<nav class="pager" aria-label="([^"]+)"', page)
    assert len(names) == len(set(names)) == 2, "a screen reader tells them apart"
    assert "/farm/sell?page=2&amp;listed=1" in page
    assert "/farm/sell?listed=2&amp;page=1" in page
    assert not any(f"/farm/sell/{lot_no}" in page for lot_no in offers)


def test_a_refused_form_leads_back_to_the_list(client: FlaskClient, farm: Farm) -> None:
    listings(farm)
    logs_in(client, farm.owner)
    listing = re.search(r"/farm/listings/[^/]+/withdraw", client.get("/farm/sell").text)
    assert listing is not None
    client.post(listing[0])
    refused = client.post(listing[0])
    assert refused.status_code == 409
    assert 'rel="next" href="/farm/sell?listed=2"' in refused.text


def test_the_desk_pages_only_plots_that_wait(client: FlaskClient, farm: Farm) -> None:
    plots(farm)
    logs_in(client, office())
    page = client.get("/office/plots?waiting=1&page=2").text
    assert f"Chỉ thửa chờ xác nhận ({MANY + 1})" in page
    assert "?waiting=1&amp;page=1" in page


def test_a_product_counts_all_that_sells_of_it_not_only_what_its_page_shows(
    client: FlaskClient, farm: Farm
) -> None:
    listings(farm)
    other = a_farm(name="Hộ bà Tư")
    offered(other, other.harvests(kg(3)), units=3, price_vnd=41_500, client_id=uuid4())
    page = client.get("/products/mangosteen?page=2").text
    assert "2 nhà vườn đang bán" in page
    assert "còn 33 kg" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "41.500" in page
