"""A half-written form outlives a page that grew too old and a session that is over, without any script."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.identity.models import LoginSession
from app.identity.queries import phone_of
from app.kernel.outbox import Outbox
from app.kernel.uow import unit_of_work
from app.registry.models import Plot
from tests.identity.test_login import newest_code
from tests.scene.farm import a_farm, plot_of, trade_item
from tests.scene.people import colleague, farm_household, logs_in
from tests.scene.shop import guest_orders, offered, packed_lot
from traceability.diary.models import DiaryEntry
from traceability.lots.models import Lot

HERE = {"Origin": "http://localhost"}
WORK = "/farm/work/new?kind=spray"
SPRAY = {"kind": "spray", "product": "Thuốc rầy Ánh Sao", "phi_days": "7", "done_on": "2026-11-20",
         "note": "phun lúc chiều mát", "step": "review"}  # fmt: skip
PLOT = {"name": "Vườn bờ ao", "crop": "pomelo", "commune_text": "thanh an", "area": "2,5 công"}


@pytest.fixture
def guarded(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = True
    return app


@pytest.fixture
def farmer(guarded: Flask):
    return farm_household()


@pytest.fixture
def phone(guarded: Flask, farmer) -> FlaskClient:
    trade_item()
    plot_of(farmer)
    return logs_in(guarded.test_client(), farmer)


def rows(table: type) -> int:
    with unit_of_work(read_only=True) as uow:
        return uow.session.scalar(select(func.count()).select_from(table)) or 0


def token_in(page: str) -> str:
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]


def action_in(page: str, draft: str) -> str:
    tag = next(tag for tag in re.findall(r"<form[^>]*>", page) if f'data-draft="{draft}' in tag)
    return re.search(r'action="([^"]+)"', tag)[1].replace("&amp;", "&")


def hidden_in(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(plot_id|client_id|kind)"[^>]*? value="([^"]+)"', page))


def session_is_over(actor) -> None:
    with unit_of_work() as uow:
        uow.session.execute(
            update(LoginSession)
            .where(LoginSession.person_id == actor.person_id)
            .values(expires_at=datetime.now(UTC) - timedelta(minutes=1))
        )


def logs_in_again(client: FlaskClient, actor) -> str:
    """By the pages, with a fresh token each time; returns where the login leads."""
    with unit_of_work(read_only=True) as uow:
        number = phone_of(uow, actor.person_id)
    client.post("/login", data={"phone": number, "csrf_token": token_in(client.get("/login").text)})
    page = client.get("/login/code").text
    return client.post("/login/code", data={"code": newest_code(), "csrf_token": token_in(page)}).location


class TestAPageThatGrewTooOld:
    def test_the_diary_comes_back_with_what_was_typed_and_saves_nothing(self, phone: FlaskClient) -> None:
        page = phone.get(WORK).text
        sent = {**hidden_in(page), **SPRAY, "csrf_token": "too-old"}
        answer = phone.post(action_in(page, "work"), data=sent, headers=HERE)
        assert answer.status_code == 400
        assert "Trang đã để lâu quá, xin bấm gửi lại." in answer.text
        assert "Thuốc rầy Ánh Sao" in answer.text
        assert "phun lúc chiều mát" in answer.text
        assert hidden_in(answer.text)["client_id"] == sent["client_id"]
        assert rows(DiaryEntry) == 0

    def test_and_the_same_form_goes_through_with_the_fresh_token(self, phone: FlaskClient) -> None:
        page = phone.get(WORK).text
        action, sent = action_in(page, "work"), {**hidden_in(page), **SPRAY}
        again = phone.post(action, data=sent, headers=HERE).text
        sent |= {"csrf_token": token_in(again), "step": "save"}
        assert phone.post(action, data=sent, headers=HERE).status_code == 303
        assert rows(DiaryEntry) == 1

    def test_the_harvest_comes_back(self, phone: FlaskClient) -> None:
        page = phone.get("/farm/harvests/new").text
        sent = {**hidden_in(page), "weight": "120,5", "picked_on": "2026-11-20", "step": "save"}
        answer = phone.post(action_in(page, "harvest"), data=sent, headers=HERE)
        assert answer.status_code == 400
        assert 'value="120,5"' in answer.text
        assert 'value="2026-11-20"' in answer.text
        assert rows(Lot) == 0

    def test_the_plot_comes_back_with_its_communes_and_says_that_the_file_does_not(
        self, phone: FlaskClient
    ) -> None:
        sent = {**PLOT, "file": (BytesIO(b"{}"), "thua.geojson")}
        answer = phone.post("/farm/plots/new", data=sent, headers=HERE)
        assert answer.status_code == 400
        for typed in ("Vườn bờ ao", "thanh an", "2,5 công", "Xã Thanh An", "xin chọn lại"):
            assert typed in answer.text
        assert re.search(r'<input checked[^>]*value="pomelo"', answer.text)
        assert rows(Plot) == 1

    def test_a_reader_of_english_is_told_in_english(self, phone: FlaskClient) -> None:
        phone.get("/farm/?lang=en")
        answer = phone.post("/farm/plots/new", data=PLOT, headers=HERE)
        assert "please send it again" in answer.text.lower()

    def test_a_login_never_shows_a_password_or_a_code_again(self, guarded: Flask) -> None:
        client = guarded.test_client()
        sent = {"name": "can-bo", "password": "mot-mat-khau-dai", "totp": "123456"}
        answer = client.post("/office/login", data=sent, headers=HERE)
        assert answer.status_code == 400
        assert 'value="can-bo"' in answer.text
        assert "mot-mat-khau-dai" not in answer.text
        assert "123456" not in answer.text

    def test_another_site_fills_in_nothing(self, phone: FlaskClient) -> None:
        for headers in ({}, {"Origin": "http://evil.test"}, {"Referer": "http://evil.test/farm/plots/new"}):
            answer = phone.post("/farm/plots/new", data=PLOT, headers=headers)
            assert answer.status_code == 400
            assert "Vườn bờ ao" not in answer.text

    def test_a_button_without_a_page_of_its_own_is_refused_as_before(self, phone: FlaskClient) -> None:
        answer = phone.post("/logout", headers=HERE)
        assert answer.status_code == 400
        assert phone.get("/farm/").status_code == 200


PRESS_AGAIN = "Xin bấm lại lần nữa."


class TestAButtonOfAPageThatGrewTooOld:
    def test_of_the_seller_leads_back_to_the_order_and_asks_for_one_more_press(self, guarded: Flask) -> None:
        farm = a_farm()
        (order,) = guest_orders((offered(farm, packed_lot(farm)), 1))
        seller = logs_in(guarded.test_client(), farm.owner)
        page = f"/farm/orders/{order.id}"
        headers = {**HERE, "Referer": f"http://localhost{page}"}
        answer = seller.post(f"{page}/send", data={"csrf_token": "too-old"}, headers=headers)
        assert (answer.status_code, answer.location) == (303, page)
        shown = seller.get(page).text
        assert PRESS_AGAIN in shown
        assert "Giao đi" in shown
        assert PRESS_AGAIN not in seller.get(page).text

    def test_of_the_buyer_leads_back_to_the_order(self, guarded: Flask) -> None:
        farm = a_farm()
        (order,) = guest_orders((offered(farm, packed_lot(farm)), 1))
        buyer, page = guarded.test_client(), f"/orders/{order.token}"
        answer = buyer.post(f"{page}/cancel", headers={"Referer": f"http://localhost{page}"})
        assert (answer.status_code, answer.location) == (303, page)
        assert PRESS_AGAIN in buyer.get(page).text

    def test_of_a_form_that_its_page_does_not_show_filled_in_leads_back_too(self, phone: FlaskClient) -> None:
        headers = {"Referer": "http://localhost/farm/me"}
        answer = phone.post("/farm/me/photo/remove", data={"which": "1"}, headers=headers)
        assert (answer.status_code, answer.location) == (303, "/farm/me")

    def test_pressed_on_another_site_leads_nowhere(self, phone: FlaskClient) -> None:
        answer = phone.post("/farm/me/photo/remove", headers={"Referer": "http://evil.test/farm/me"})
        assert answer.status_code == 400


class TestASessionThatIsOver:
    def test_is_told_at_the_login_while_the_form_waits(self, phone: FlaskClient, farmer) -> None:
        told = "Xin đăng nhập rồi làm lại; những gì đã viết vẫn còn."
        assert told not in phone.get("/login").text
        session_is_over(farmer)
        answer = phone.post("/farm/plots/new", data=PLOT, headers=HERE)
        assert told in phone.get(answer.location).text
        assert told in phone.get("/office/login").text

    def test_the_login_leads_back_to_the_form_with_what_was_typed(self, phone: FlaskClient, farmer) -> None:
        page = phone.get(WORK).text
        sent = {**hidden_in(page), **SPRAY, "csrf_token": token_in(page)}
        session_is_over(farmer)
        answer = phone.post(action_in(page, "work"), data=sent, headers=HERE)
        assert answer.location.startswith("/login?next=/farm/work/new")
        phone.get(answer.location)
        shown = phone.get(logs_in_again(phone, farmer)).text
        assert "Thuốc rầy Ánh Sao" in shown
        assert "Đã đăng nhập lại, chưa gửi gì cả." in shown
        assert hidden_in(shown)["client_id"] == sent["client_id"]
        assert rows(DiaryEntry) == 0
        assert "Thuốc rầy Ánh Sao" not in phone.get(WORK).text

    def test_also_when_the_token_is_too_old_by_then(self, phone: FlaskClient, farmer) -> None:
        session_is_over(farmer)
        answer = phone.post("/farm/plots/new", data=PLOT, headers=HERE)
        assert answer.location == "/login?next=/farm/plots/new"
        phone.get(answer.location)
        shown = phone.get(logs_in_again(phone, farmer)).text
        assert "Vườn bờ ao" in shown
        assert "Xã Thanh An" in shown

    def test_nobody_else_sees_it_on_the_same_phone(self, phone: FlaskClient, farmer) -> None:
        session_is_over(farmer)
        answer = phone.post("/farm/plots/new", data=PLOT, headers=HERE)
        phone.get(answer.location)
        neighbour = colleague(farmer.organisation_id, ["farmer"], person="Lê Thị Khác")
        assert "Vườn bờ ao" not in phone.get(logs_in_again(phone, neighbour)).text

    def test_a_browser_that_never_had_a_session_keeps_nothing(self, guarded: Flask, farmer) -> None:
        client = guarded.test_client()
        answer = client.post("/farm/plots/new", data=PLOT, headers=HERE)
        assert answer.location == "/login?next=/farm/plots/new"
        client.get(answer.location)
        assert "Vườn bờ ao" not in client.get(logs_in_again(client, farmer)).text

    def test_what_is_too_long_for_a_cookie_falls_off_and_that_is_said(
        self, phone: FlaskClient, farmer
    ) -> None:
        session_is_over(farmer)
        answer = phone.post("/farm/plots/new", data={**PLOT, "geometry": "x" * 5000}, headers=HERE)
        assert all(len(cookie) < 4096 for cookie in answer.headers.getlist("Set-Cookie"))
        phone.get(answer.location)
        shown = phone.get(logs_in_again(phone, farmer)).text
        assert "Vườn bờ ao" in shown
        assert "dài quá nên không giữ được" in shown


def test_a_refused_form_leaves_nothing_to_send(phone: FlaskClient) -> None:
    before = rows(Outbox)
    phone.post("/farm/plots/new", data=PLOT, headers=HERE)
    assert rows(Outbox) == before
