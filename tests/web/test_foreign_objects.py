"""Every address with an id, from the URL map, asked by one who has no part in it: 404, nothing written.

A new route is tried by itself; a new kind of id fails here until the scene has a thing for it.
"""

import io
import re
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.routing import Rule

from app.cases import commands as cases
from app.cases import kinds
from app.cases import queries as case_queries
from app.cases.documents import receive
from app.identity.access import Actor
from app.identity.models import OfficeUnit
from app.kernel.db import Base
from app.kernel.uow import unit_of_work
from sensors_link.devices import commands as devices
from tests.scene import shop
from tests.scene.farm import Farm, a_farm
from tests.scene.marks import desk, granted
from tests.scene.people import NOW, colleague, commune, cooperative, farm_household, logs_in, member

Things = dict[str, UUID | str]
OFFICERS = ("officer", "approving_officer")
PLAUSIBLE = {
    "reason": "Một lý do đủ dài",
    "weight": "90 kg",
    "unit_weight": "1 kg",
    "unit_weight_g": "1000",
    "count": "1",
    "units": "1",
    "price": "50000",
    "confirmed": "yes",
    "why": "other",
    "decision": "refused",
    "revision": "1",
    "note": "Đã bổ sung",
    "recall_class": "safety",
    "document_no": "1/QĐ",
    "reason_code": "label_misuse",
    "reason_text": "Dán tem lên hàng mua ngoài.",
}
"""What would do for the owner: a form that is refused before anybody looks whose it is proves nothing."""

# The queue is the installation's (the view says that nothing waits), and so are its goods.
NOBODYS = {"cases_office.retry", "registry_office.shelf_life", "registry_office.change_shelf_life"}
# Files that the worker makes, and a page of orders whose money is wrong.
NOT_MADE_YET = {
    "/farm/labels/<uuid:sheet_id>.pdf",
    "/farm/rights/<uuid:right_id>/certificate.pdf",
    "/office/rights/<uuid:right_id>/certificate.pdf",
    "/office/orders/<uuid:order_id>",
}
UNCOUNTED = {"throttle", "login_session"}


@pytest.fixture
def things(app: Flask) -> Things:
    """One thing of each kind, all of one household, by the name of its id in addresses."""
    place = desk()
    farm = a_farm()
    right = granted(place, farm.owner)
    lot = shop.packed_lot(farm)
    sheet = farm.prints(lot, 5)
    listing = shop.offered(farm, lot, units=5)
    (order,) = shop.guest_orders((listing, 1), method="vietqr")
    with unit_of_work() as uow:
        device, _key = devices.enrol(uow, devices.EnrolDevice(name="Trạm 1"), actor=farm.owner, now=NOW)
        wanted = devices.AddDatastream(
            device_id=device.id, plot_id=farm.plot_id, code="T", observed_property="air_temperature"
        )
        stream = devices.add_datastream(uow, wanted, actor=farm.owner, now=NOW)
    return {
        "plot_id": farm.plot_id,
        "lot_id": lot.id,
        "sheet_id": sheet.id,
        "listing_id": listing.id,
        "order_id": order.id,
        "right_id": right.id,
        "device_id": device.id,
        "datastream_id": stream.id,
        "farmer_id": farm.owner.person_id,
        "person_id": place.officer.person_id,
        "row_id": uuid4(),
        "name": "suspend",
        **_a_case(app, farm, place.officer.organisation_id),
    }


def _a_case(app: Flask, farm: Farm, office_id: UUID) -> Things:
    with unit_of_work() as uow:
        case = cases.open_case(
            uow, kind=kinds.QUESTION, office_id=office_id, subject="hỏi", title="Hỏi", facts={"text": "?"},
            organisation_id=farm.owner.organisation_id, actor=farm.owner, client_id=uuid4(), now=NOW,
        )  # fmt: skip
        paper = receive(app.extensions["coi.storage"], "giay.pdf", b"%PDF-1.7 x")
        cases.add_document(uow, case.id, paper, source="online", actor=farm.owner, now=NOW)
        (document,) = case_queries.documents(uow, case.id)
    return {"case_id": case.id, "document_id": document.id}


def elsewhere(*roles: str) -> Actor:
    """Somebody of an office that answers for another commune."""
    commune("25777", "Xã Dầu Tiếng")
    officer = member("economics_office", "Phòng khác", roles)
    with unit_of_work() as uow:
        uow.session.execute(
            update(OfficeUnit)
            .where(OfficeUnit.organisation_id == officer.organisation_id)
            .values(commune_code="25777")
        )
    return officer


def doors(app: Flask, prefix: str) -> list[tuple[Rule, str]]:
    """Addresses under a prefix that carry the id of a thing, with each of their methods."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(prefix) and "<uuid:" in rule.rule and rule.endpoint not in NOBODYS
        for method in sorted(rule.methods & {"GET", "POST"})
    ]


def address(rule: Rule, things: Things) -> str:
    return re.sub(r"<(?:uuid:)?(\w+)>", lambda found: str(things[found[1]]), rule.rule)


def rows() -> dict[str, int]:
    with unit_of_work(read_only=True) as uow:
        return {
            name: uow.session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
            if name not in UNCOUNTED
        }


def reached(app: Flask, actor: Actor, prefix: str, things: Things) -> list[tuple[str, str, int]]:
    """The doors that said neither 404 nor that this role has no business there at all."""
    client = logs_in(app.test_client(), actor)
    opened = []
    for rule, method in doors(app, prefix):
        form = PLAUSIBLE | {"document": (io.BytesIO(b"%PDF-1.7 x"), "a.pdf"), "client_id": str(uuid4())}
        sent = {"data": form, "content_type": "multipart/form-data"} if method == "POST" else {}
        status = client.open(address(rule, things), method=method, **sent).status_code
        if status not in {403, 404}:
            opened.append((method, rule.rule, status))
    return opened


def test_the_household_and_its_office_find_them(app: Flask, things: Things) -> None:
    """Else the tests below would pass on ids that lead nowhere."""
    with unit_of_work(read_only=True) as uow:
        case = case_queries.case_by_id(uow, UUID(str(things["case_id"])))
    owner = colleague(UUID(str(case.organisation_id)), ("farmer", "packer", "seller"))
    officer = colleague(case.office_id, (*OFFICERS, "administrator"))
    for actor, prefix in ((owner, "/farm/"), (officer, "/office/")):
        client = logs_in(app.test_client(), actor)
        gets = [rule for rule, method in doors(app, prefix) if method == "GET"]
        missing = {rule.rule for rule in gets if client.get(address(rule, things)).status_code == 404}
        assert missing <= NOT_MADE_YET


def test_another_household_finds_nothing(app: Flask, things: Things) -> None:
    stranger, before = farm_household("Hộ khác"), rows()
    assert reached(app, stranger, "/farm/", things) == []
    assert rows() == before


def test_a_cooperative_that_the_household_is_not_in_finds_nothing(app: Flask, things: Things) -> None:
    packer = colleague(cooperative("HTX khác").organisation_id, ("farmer", "packer", "seller", "helper"))
    before = rows()
    assert reached(app, packer, "/farm/", things) == []
    assert rows() == before


@pytest.mark.parametrize("roles", [OFFICERS, (*OFFICERS, "auditor", "administrator")])
def test_an_office_of_another_commune_finds_nothing(
    app: Flask, things: Things, roles: tuple[str, ...]
) -> None:
    officer, before = elsewhere(*roles), rows()
    assert reached(app, officer, "/office/", things) == []
    assert rows() == before
