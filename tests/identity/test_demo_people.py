"""The demonstration's people and places: loaded by their own commands, once, and usable."""

import time
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import func, select

from app.identity import demo as people
from app.identity import queries
from app.identity.demo_district import COMMUNES, HOUSEHOLDS
from app.identity.models import Organisation, Person
from app.kernel import clock
from app.kernel.demo_stage import Stage
from app.kernel.paging import Page
from app.kernel.uow import unit_of_work
from app.registry import demo as places
from app.registry import queries as registry
from app.registry.commands import PLOT_CONFIRMED, PLOT_REGISTERED
from app.registry.gs1 import gtin_from
from tests.scene.people import colleague, logs_in


@pytest.fixture(scope="module")
def known(shared_app, shared_config):
    """What the parts of identity and registry hand on, without the hooks of higher rooms."""
    for hook in (PLOT_CONFIRMED, PLOT_REGISTERED):
        shared_app.extensions.pop(hook._slot, None)
    known: dict[str, object] = {}
    for _, play in (*people.PARTS, *places.PARTS):
        with unit_of_work() as uow:
            stage = Stage(uow, shared_config, clock.now(), None, known)
            play(stage)
            known |= stage.handed_on
    return known


def test_two_households_show_a_drawn_photo_that_weighs_what_an_orchards_photo_weighs(known, shared_app):
    homes = {known[f"org:{one.key}"] for one in HOUSEHOLDS}
    with unit_of_work(read_only=True) as uow:
        names = queries.public_names(uow, {UUID(home) for home in homes})
    shown = [name.photo for name in names.values() if name.photo is not None]
    assert [one.drawn for one in shown] == [True, True]
    for one in shown:
        assert 20_000 <= len(shared_app.test_client().get(f"/photos/{one.digest}.webp").data) <= 40_000


def test_everything_invented_says_so(known):
    with unit_of_work(read_only=True) as uow:
        for table in (Person, Organisation):
            assert uow.session.scalar(select(func.count()).where(~table.simulated)) == 0


def test_twenty_plots_lie_in_the_five_communes_and_most_are_confirmed(known):
    with unit_of_work(read_only=True) as uow:
        plots = registry.plots_in(uow, COMMUNES)
    assert len(plots) == 20
    assert {plot.commune_code for plot in plots} == set(COMMUNES)
    assert sum(plot.confirmed_at is not None for plot in plots) == 16
    assert all(plot.simulated for plot in plots)


def test_goods_carry_the_demonstration_prefix(known):
    with unit_of_work(read_only=True) as uow:
        items = registry.item_pages(uow, Page(size=100)).rows
    assert sum(name.startswith("item:") for name in known) == 7
    assert all(item.gtin.startswith("0952") and item.gtin_kind == "demonstration" for item in items)


def test_some_households_show_their_name_and_some_do_not(known):
    with unit_of_work(read_only=True) as uow:
        ids = [Stage(uow, None, clock.now(), None, known).uuid(f"org:{one.key}") for one in HOUSEHOLDS]
        names = queries.public_names(uow, ids)
    assert {name.is_code for name in names.values()} == {True, False}


def test_the_officer_of_the_guide_can_log_in(known, shared_app):
    client = shared_app.test_client()
    login = known["logins"]["officer"]
    code = pyotp.TOTP(login["totp_secret"]).at(int(time.time()))
    form = {"name": login["name"], "password": login["password"], "totp": code}
    assert client.post("/office/login", data=form).location == "/office/"
    assert client.get("/office/").status_code == 200
    assert client.get("/office/plots").status_code == 200
    again = client.post("/office/login", data=form)
    assert again.status_code == 422, "a code of the authenticator works once"


def test_the_office_numbers_a_further_product_under_the_demonstrations_prefix(known, shared_app):
    with unit_of_work(read_only=True) as uow:
        office = UUID(known["org:office"])
        numbered = {item.gtin for item in registry.item_pages(uow, Page(size=100)).rows}
    desk = logs_in(shared_app.test_client(), colleague(office, ["officer"]))
    assert "dưới mã doanh nghiệp 9520001" in desk.get("/office/items/new").text
    sent = {
        "name": "Măng cụt, túi 2 kg",
        "name_en": "Mangosteen, 2 kg",
        "crop": "mangosteen",
        "weight": "2 kg",
    }
    assert desk.post("/office/items/new", data=sent).status_code == 303
    with unit_of_work(read_only=True) as uow:
        (item,) = [
            item for item in registry.item_pages(uow, Page(size=100)).rows if item.gtin not in numbered
        ]
    assert item.gtin == gtin_from("9520001", 8)
    assert (item.gtin_owner, item.gtin_kind) == ("GS1", "demonstration"), (
        "the prefix is lent, not the office's"
    )
