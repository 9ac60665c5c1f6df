"""What the holder, the officer and a passer-by see and may do."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.cases.queries import cases_of_organisation
from app.identity.access import Actor
from app.identity.commands import grant_consent
from app.identity.models import OfficeUnit
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.uow import unit_of_work
from tests.scene.marks import MISUSE, Desk, applies, desk, granted
from tests.scene.people import commune, farm_household, logs_in, member
from trademarks.use_rights import commands
from trademarks.use_rights.queries import RightView, rights_of
from trademarks.use_rights.rules import RightState


@pytest.fixture
def place(app: Flask) -> Desk:
    return desk()


@pytest.fixture
def farmer(place: Desk) -> Actor:
    return farm_household()


@pytest.fixture
def view(place: Desk, farmer: Actor) -> RightView:
    return granted(place, farmer, now=clock.now())


def state(farmer: Actor) -> RightState:
    with unit_of_work(read_only=True) as uow:
        return rights_of(uow, farmer.organisation_id, now=clock.now())[0].state


def client_id(page: str) -> str:
    found = re.search(r'name="client_id"[^>]*value="([0-9a-f-]{36})"', page)
    assert found
    return found[1]


class TestTheFarmersPhone:
    def test_applies_in_three_screens_and_a_second_tap_adds_nothing(
        self, place: Desk, farmer: Actor, client: FlaskClient
    ) -> None:
        logs_in(client, farmer)
        first = client.get("/farm/rights/apply").get_data(as_text=True)
        assert "Bước 1/3" in first
        assert "Măng cụt huyện Dầu Tiếng" in first
        second = client.get(f"/farm/rights/apply?mark={place.mark_id}").get_data(as_text=True)
        assert "Bước 2/3" in second
        third = client.get(f"/farm/rights/apply?mark={place.mark_id}&crops=mangosteen&labels=2.000")
        told = third.get_data(as_text=True)
        assert "in 2.000 tem" in told
        form = {
            "mark": str(place.mark_id),
            "crops": "mangosteen",
            "labels": "2000",
            "client_id": client_id(told),
        }
        for _ in range(2):
            answer = client.post("/farm/rights/apply", data=form)
            assert (answer.status_code, answer.location) == (303, "/farm/rights")
        with unit_of_work(read_only=True) as uow:
            assert len(cases_of_organisation(uow, farmer.organisation_id)) == 1
        assert "đang chờ văn phòng" in client.get("/farm/rights").get_data(as_text=True)

    @pytest.mark.parametrize("labels", ["", "0", "-5", "１２", "1e3", "abc", "100001", "9" * 12])
    def test_an_absurd_number_of_labels_stays_on_the_screen_with_its_sentence(
        self, place: Desk, farmer: Actor, client: FlaskClient, labels: str
    ) -> None:
        logs_in(client, farmer)
        asked = {"mark": str(place.mark_id), "crops": "mangosteen", "labels": labels}
        answer = client.get("/farm/rights/apply", query_string=asked)
        assert answer.status_code == 422
        assert "Số tem là số nguyên từ 1 đến 100.000" in answer.get_data(as_text=True)
        assert client.post("/farm/rights/apply", data=asked).status_code == 422

    def test_a_mark_without_a_regulation_is_not_offered(self, farmer: Actor, client: FlaskClient) -> None:
        page = logs_in(client, farmer).get("/farm/rights/apply").get_data(as_text=True)
        assert "Lái Thiêu" not in page

    def test_says_the_right_and_its_labels_in_plain_words(
        self, view: RightView, farmer: Actor, client: FlaskClient
    ) -> None:
        page = logs_in(client, farmer).get("/farm/rights").get_data(as_text=True)
        assert "Còn in được 2.000 tem trong 2.000 tem." in page
        assert view.certificate_no in page

    def test_says_a_suspension_with_its_reason(
        self, place: Desk, view: RightView, farmer: Actor, client: FlaskClient
    ) -> None:
        with unit_of_work() as uow:
            commands.suspend(uow, view.id, MISUSE, actor=place.approver, now=clock.now())
        page = logs_in(client, farmer).get("/farm/rights").get_data(as_text=True)
        assert "Đang tạm đình chỉ" in page
        assert "Dùng tem không đúng quy chế" in page
        assert "Còn in được" not in page

    def test_is_closed_to_strangers_and_to_the_office(
        self, place: Desk, farmer: Actor, client: FlaskClient
    ) -> None:
        assert client.get("/farm/rights").status_code in {302, 303, 401}
        assert logs_in(client, place.officer).get("/farm/rights").status_code == 403


class TestTheDesk:
    def test_lists_filters_and_exports(self, view: RightView, place: Desk, client: FlaskClient) -> None:
        logs_in(client, place.officer)
        assert view.certificate_no in client.get("/office/rights").get_data(as_text=True)
        asked = {
            "q=ong+ba": True,
            "q=khong+ai": False,
            "state=revoked": False,
            f"mark={place.mark_id}&size=50&page=1": True,
            "mark=x&page=x&state=x": True,
        }
        for query, found in asked.items():
            page = client.get(f"/office/rights?{query}").get_data(as_text=True)
            assert (view.certificate_no in page) is found
        answer = client.get("/office/rights.csv?q=ong+ba")
        assert answer.data.startswith(b"\xef\xbb\xbf")
        assert view.certificate_no in answer.get_data(as_text=True)

    def test_an_officer_suspends_after_reading_the_letter(
        self, view: RightView, place: Desk, farmer: Actor, client: FlaskClient
    ) -> None:
        logs_in(client, place.officer)
        path = f"/office/rights/{view.id}/suspend"
        assert "Dùng tem không đúng quy chế" in client.get(path).get_data(as_text=True)
        form = {
            "reason_code": "label_misuse",
            "reason_text": "Dán tem lên hàng mua ngoài.",
            "scope": "mangosteen",
        }
        preview = client.post(path, data=form).get_data(as_text=True)
        assert "Tin mà người được cấp sẽ nhận" in preview
        assert "Dán tem lên hàng mua ngoài." in preview
        assert "khẩn cấp" in preview
        assert state(farmer) is RightState.ACTIVE
        assert client.post(path, data=form | {"confirmed": "yes"}).status_code == 303
        assert state(farmer) is RightState.SUSPENDED
        page = client.get(f"/office/rights/{view.id}").get_data(as_text=True)
        assert "tự hết lúc" in page
        assert "Lê Thị Cán Bộ" in page

    def test_a_reason_is_asked_for_and_what_was_typed_stays(
        self, view: RightView, place: Desk, farmer: Actor, client: FlaskClient
    ) -> None:
        logs_in(client, place.officer)
        answer = client.post(f"/office/rights/{view.id}/suspend", data={"reason_text": "Chữ đã gõ"})
        assert answer.status_code == 422
        assert "Chọn một lý do" in answer.get_data(as_text=True)
        assert "Chữ đã gõ" in answer.get_data(as_text=True)
        assert state(farmer) is RightState.ACTIVE

    def test_a_revocation_waits_in_the_inbox_of_the_second_person(
        self, view: RightView, place: Desk, farmer: Actor, client: FlaskClient
    ) -> None:
        logs_in(client, place.officer)
        form = {"reason_code": "origin", "reason_text": "Hàng ngoài vùng.", "confirmed": "yes"}
        assert client.post(f"/office/rights/{view.id}/propose-revocation", data=form).status_code == 303
        logs_in(client, place.approver)
        assert f"/office/rights/{view.id}/revoke" in client.get("/office/").get_data(as_text=True)
        preview = client.get(f"/office/rights/{view.id}/revoke").get_data(as_text=True)
        assert "Hàng ngoài vùng." in preview
        assert client.post(f"/office/rights/{view.id}/revoke", data={"confirmed": "yes"}).status_code == 303
        assert state(farmer) is RightState.REVOKED

    def test_a_revocation_that_nobody_proposed_says_who_must_propose_it(
        self, view: RightView, place: Desk, farmer: Actor, client: FlaskClient
    ) -> None:
        path = f"/office/rights/{view.id}"
        logs_in(client, place.approver)
        for answer in (
            client.get(f"{path}/revoke"),
            client.post(f"{path}/revoke", data={"confirmed": "yes"}),
        ):
            assert answer.status_code == 409
            assert "Một cán bộ đề nghị kèm lý do trước" in answer.text
            assert f"{path}/propose-revocation" in answer.text
        form = {"reason_code": "origin", "reason_text": "Hàng ngoài vùng.", "confirmed": "yes"}
        assert client.post(f"{path}/propose-revocation", data=form).status_code == 303
        own = client.get(f"{path}/revoke")
        assert own.status_code == 409
        assert "Chính bạn đã đề nghị thu hồi" in own.text
        assert state(farmer) is RightState.ACTIVE
        logs_in(client, place.officer)
        assert "Việc này do người duyệt làm" in client.get(f"{path}/revoke").text

    def test_ones_own_emergency_is_ratified_by_another(
        self, view: RightView, place: Desk, client: FlaskClient
    ) -> None:
        logs_in(client, place.officer)
        form = {"reason_code": "origin", "reason_text": "Hàng ngoài vùng.", "confirmed": "yes"}
        client.post(f"/office/rights/{view.id}/suspend", data=form | {"scope": "mangosteen"})
        answer = client.get(f"/office/rights/{view.id}/ratify")
        assert answer.status_code == 409
        assert "Một người duyệt khác chuẩn thuận" in answer.text

    def test_more_labels_are_granted_with_a_reason(
        self, view: RightView, place: Desk, farmer: Actor, client: FlaskClient
    ) -> None:
        logs_in(client, place.officer)
        form = {"reason_code": "season", "reason_text": "Được mùa.", "labels": "500"}
        path = f"/office/rights/{view.id}/extend"
        assert "500" in client.post(path, data=form).get_data(as_text=True)
        client.post(path, data=form | {"confirmed": "yes"})
        with unit_of_work(read_only=True) as uow:
            assert rights_of(uow, farmer.organisation_id)[0].quota_left == 2500

    def test_the_case_shows_what_to_compare(self, place: Desk, farmer: Actor, client: FlaskClient) -> None:
        case_id = applies(place, farmer, now=clock.now())
        page = logs_in(client, place.officer).get(f"/office/cases/{case_id}").get_data(as_text=True)
        assert "Số tem xin in" in page
        assert "chưa ghi thửa đất nào" in page

    def test_another_office_finds_nothing(self, view: RightView, client: FlaskClient) -> None:
        commune("25777", "Xã Dầu Tiếng")
        stranger = member("economics_office", "Phòng Kinh tế khác", ("officer",))
        with unit_of_work() as uow:  # answers for another commune than `member` gave it
            uow.session.execute(
                update(OfficeUnit)
                .where(OfficeUnit.organisation_id == stranger.organisation_id)
                .values(commune_code="25777")
            )
        logs_in(client, stranger)
        for path in ("", "/suspend", "/certificate.pdf"):
            assert client.get(f"/office/rights/{view.id}{path}").status_code == 404
        assert client.post(f"/office/rights/{view.id}/suspend", data={"confirmed": "yes"}).status_code == 404
        assert view.certificate_no not in client.get("/office/rights").get_data(as_text=True)

    def test_an_unknown_act_is_404_and_a_farmer_is_refused(
        self, view: RightView, place: Desk, farmer: Actor, client: FlaskClient
    ) -> None:
        assert logs_in(client, place.officer).get(f"/office/rights/{view.id}/burn").status_code == 404
        assert logs_in(client, farmer).get(f"/office/rights/{view.id}").status_code == 403

    def test_an_auditor_reads_and_changes_nothing(
        self, view: RightView, place: Desk, client: FlaskClient
    ) -> None:
        auditor = member("economics_office", "Thanh tra", ("auditor",))
        logs_in(client, auditor)
        page = client.get(f"/office/rights/{view.id}")
        assert page.status_code == 200
        assert "/suspend" not in page.get_data(as_text=True)
        assert client.get(f"/office/rights/{view.id}/suspend").status_code == 403


class TestThePublicPage:
    def test_tells_the_state_and_hides_a_name_without_consent(
        self, view: RightView, farmer: Actor, client: FlaskClient
    ) -> None:
        page = client.get(f"/trademarks/rights/{view.certificate_no.lower()}").get_data(as_text=True)
        assert 'data-right="active"' in page
        assert "Hộ ông Ba" not in page
        with unit_of_work() as uow:
            grant_consent(
                uow,
                person_id=farmer.person_id,
                organisation_id=farmer.organisation_id,
                purpose="show_name",
                now=clock.now(),
            )
        assert "Hộ ông Ba" in client.get(f"/trademarks/rights/{view.certificate_no}").get_data(as_text=True)

    def test_depends_on_the_packing_day(self, place: Desk, view: RightView, client: FlaskClient) -> None:
        with unit_of_work() as uow:
            commands.suspend(uow, view.id, MISUSE, actor=place.approver, now=clock.now())
        path = f"/trademarks/rights/{view.certificate_no}"
        assert 'data-right="suspended"' in client.get(path).get_data(as_text=True)
        assert "khi quyền không có hiệu lực" in client.get(
            f"{path}?packed={local_day(clock.now())}"
        ).get_data(as_text=True)
        for no_day in ("hôm+qua", "0001-01-01", "9999-12-31"):
            assert client.get(f"{path}?packed={no_day}").status_code == 200
        assert "Dán tem lên hàng mua ngoài" not in client.get(path).get_data(as_text=True)

    def test_an_unknown_number_is_echoed_with_404(self, app: Flask, client: FlaskClient) -> None:
        answer = client.get("/trademarks/rights/QSD-2026-<b>")
        assert answer.status_code == 404
        assert "QSD-2026-&lt;b&gt;" in answer.get_data(as_text=True)
