"""The officer's field for codes: whatever a scanner types, and who may take a label out of suspicion."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.identity.access import Actor
from app.kernel.uow import unit_of_work
from tests.scene import people
from tests.scene.farm import Farm, a_farm
from tests.scene.shop import packed_lot
from traceability.labels.models import Serial
from traceability.scans import commands as scans
from traceability.scans.queries import suspicion_of


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


@pytest.fixture
def officer(app: Flask) -> Actor:
    return people.office()


@pytest.fixture
def suspect(farm: Farm) -> str:
    """A serial that was seen in six places within a minute."""
    lot = packed_lot(farm)
    with unit_of_work() as uow:
        serial = uow.session.scalars(select(Serial.serial).where(Serial.lot_id == lot.id)).first()
        for network in range(6):
            seen = scans.RecordScan(
                lot_id=lot.id, serial=serial, status="unchanged", network=f"net-{network}"
            )
            scans.record_scan(uow, seen, now=farm.now)
    assert serial is not None
    return serial


def suspected(serial: str) -> bool:
    with unit_of_work(read_only=True) as uow:
        return suspicion_of(uow, serial) is not None


@pytest.mark.parametrize(
    "scanned", ["http://[/01/09521234000013", "?x=/01/09521234000013", "/01/", "０１", "/01/x/y"]
)
def test_what_is_no_code_is_told_as_unknown(client: FlaskClient, officer: Actor, scanned: str) -> None:
    people.logs_in(client, officer)
    assert client.get("/office/codes", query_string={"code": scanned}).status_code == 404


@pytest.mark.parametrize("role", ["officer", "approving_officer", "auditor", "administrator"])
def test_a_suspicion_waits_for_whoever_may_open_it(client: FlaskClient, suspect: str, role: str) -> None:
    officer = people.member("economics_office", "Phòng Kinh tế", (role,), person="Lê Thị Cán Bộ")
    people.logs_in(client, officer)
    waits = suspect in client.get("/office/").text
    assert waits == (client.get("/office/codes", query_string={"code": suspect}).status_code == 200)


def test_a_slip_of_the_hand_is_told_before_a_label_is_taken_away(
    client: FlaskClient, officer: Actor, suspect: str
) -> None:
    people.logs_in(client, officer)
    flipped = suspect[:4] + ("7" if suspect[4] != "7" else "8") + suspect[5:]
    for typed, told in ((flipped, "Có một ký tự gõ sai"), ("MC261118-XXXX", "không phải mã tem")):
        assert told in client.get("/office/codes", query_string={"code": typed}).text


def test_an_officer_clears_a_suspicion_with_a_reason(
    client: FlaskClient, officer: Actor, suspect: str
) -> None:
    people.logs_in(client, officer)
    assert "Gỡ nghi ngờ" in client.get("/office/codes", query_string={"code": suspect}).text
    client.post(f"/office/codes/{suspect}/clear", data={"reason": "hội"})
    assert suspected(suspect)
    client.post(f"/office/codes/{suspect}/clear", data={"reason": "Trưng bày ở hội chợ"})
    assert not suspected(suspect)


def test_an_auditor_reads_and_changes_nothing(client: FlaskClient, officer: Actor, suspect: str) -> None:
    people.logs_in(client, people.colleague(officer.organisation_id, ("auditor",)))
    page = client.get("/office/codes", query_string={"code": suspect})
    assert page.status_code == 200
    assert "Gỡ nghi ngờ" not in page.text
    assert "Thu hồi lô" not in page.text
    refused = client.post(f"/office/codes/{suspect}/clear", data={"reason": "Trưng bày ở hội chợ"})
    assert refused.status_code == 403
    assert suspected(suspect)
