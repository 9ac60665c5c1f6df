"""Reports from anybody: not without end from one place."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.cases.models import CaseFile
from app.kernel.uow import unit_of_work
from tests.scene import people
from traceability.trace_page.report_views import REPORTS_PER_ADDRESS


def test_a_report_is_answered_since_it_asks_for_no_permission(app: Flask, client: FlaskClient) -> None:
    officer = people.office()
    client.post("/report", data={"kind": "other", "text": "Tem bị mờ."})
    desk = people.logs_in(app.test_client(), officer)
    with unit_of_work(read_only=True) as uow:
        [row] = uow.session.scalars(select(CaseFile.id))
    page = desk.get(f"/office/cases/{row}").text
    assert 'value="closed"' in page
    assert 'value="granted"' not in page


def test_the_desk_reads_which_code_was_reported_and_whether_an_answer_reaches_anybody(
    app: Flask, client: FlaskClient
) -> None:
    officer = people.office()
    told = {"kind": "fake", "text": "", "code": "KHONGCOMA2"}
    client.post("/report", data=told)
    client.post("/report", data=told | {"phone": "0912 345 678"})
    desk = people.logs_in(app.test_client(), officer)
    with unit_of_work(read_only=True) as uow:
        rows = uow.session.scalars(select(CaseFile.id).order_by(CaseFile.contact_phone.is_not(None))).all()
    silent, reachable = (desk.get(f"/office/cases/{row}").text for row in rows)
    assert 'href="/office/codes?code=KHONGCOMA2"' in silent
    assert "chỉ lưu trong hồ sơ" in silent
    assert "qua tin nhắn" in reachable


def test_one_address_cannot_fill_the_desk_with_reports(client: FlaskClient) -> None:
    people.office()
    typed = {"kind": "other", "text": "Tem bị mờ."}
    for _ in range(REPORTS_PER_ADDRESS):
        assert client.post("/report", data=typed).status_code == 200
    refused = client.post("/report", data=typed)
    assert refused.status_code == 429
    assert "Tem bị mờ." in refused.text
