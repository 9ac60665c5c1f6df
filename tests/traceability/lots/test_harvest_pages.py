"""A harvest on the phone: three screens, said back in words, and one lot whatever the network does."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.quantities import kg
from tests.scene import people
from tests.scene.farm import TODAY, Farm, a_farm, plot_of, rows

HARVEST = "/farm/harvests/new"


@pytest.fixture
def farm(app: Flask) -> Farm:
    made = a_farm()
    made.now = clock.now()
    return made


@pytest.fixture
def phone(app: Flask, farm: Farm) -> FlaskClient:
    return people.logs_in(app.test_client(), farm.owner)


def said(farm: Farm, **changes: str) -> dict[str, str]:
    """What the last screen sends."""
    today = local_day(clock.now()).isoformat()
    return {
        "step": "save", "plot_id": str(farm.plot_id), "weight": "120", "picked_on": today,
        "client_id": str(uuid4()),
    } | changes  # fmt: skip


class TestThreeScreens:
    def test_one_plot_is_not_asked_for(self, phone: FlaskClient) -> None:
        first = phone.get(HARVEST)
        assert 'name="weight"' in first.text
        assert local_day(clock.now()).isoformat() in first.text  # today is there already

    def test_the_crop_is_named_in_the_language_of_the_page(self, phone: FlaskClient) -> None:
        assert "mangosteen" in phone.get(f"{HARVEST}?lang=en").text

    def test_of_several_plots_one_is_chosen_first(self, phone: FlaskClient, farm: Farm) -> None:
        second = plot_of(farm.owner, name="Vườn ngoài đồng")
        assert f"plot={second}" in phone.get(HARVEST).text
        assert "Vườn ngoài đồng" in phone.get(f"{HARVEST}?plot={second}").text

    def test_the_harvest_is_said_back_before_anything_is_written(
        self, phone: FlaskClient, farm: Farm
    ) -> None:
        back = phone.post(HARVEST, data=said(farm, step="review", weight="1.200,5"))
        assert "Hái 1.200,5\u00a0kg măng cụt" in back.text
        assert rows("lot") == 0

    def test_going_back_keeps_what_was_typed(self, phone: FlaskClient, farm: Farm) -> None:
        back = phone.post(HARVEST, data=said(farm, back="1"))
        assert 'value="120"' in back.text
        assert rows("lot") == 0

    def test_the_last_screen_names_the_lot_and_offers_labels(self, phone: FlaskClient, farm: Farm) -> None:
        done = phone.post(HARVEST, data=said(farm), follow_redirects=True)
        assert re.search(r"MC[0-9]{6}-[2-9A-Z]{4}", done.text)
        assert "In tem" in done.text

    def test_an_early_harvest_says_why_it_is_held_and_offers_no_labels(
        self, phone: FlaskClient, farm: Farm
    ) -> None:
        farm.sprays("abamectin", phi_days=7, on=local_day(clock.now()))
        done = phone.post(HARVEST, data=said(farm), follow_redirects=True)
        assert "thời gian cách ly của abamectin" in done.text
        assert "/labels" not in done.text


class TestABadNetwork:
    def test_an_answer_that_was_lost_gives_one_lot(self, phone: FlaskClient, farm: Farm) -> None:
        sent = said(farm)
        first, second = phone.post(HARVEST, data=sent), phone.post(HARVEST, data=sent)
        assert (first.status_code, second.status_code) == (303, 303)
        assert first.location == second.location
        assert rows("lot") == 1

    def test_a_plot_that_is_not_there_any_more_gets_no_redirect_which_the_phone_would_take_for_a_receipt(
        self, phone: FlaskClient, farm: Farm
    ) -> None:
        assert phone.post(HARVEST, data=said(farm, plot_id=str(uuid4()))).status_code == 409
        work = {"kind": "none-such", "plot_id": str(farm.plot_id), "step": "save"}
        assert phone.post("/farm/work/new", data=work).status_code == 409

    def test_a_session_that_ran_out_loses_nothing_and_writes_nothing_twice(
        self, app: Flask, farm: Farm
    ) -> None:
        sent, stranger = said(farm), app.test_client()
        asked = stranger.post(HARVEST, data=sent)
        assert asked.status_code == 303
        assert asked.location.startswith("/login")
        assert rows("lot") == 0
        phone = people.logs_in(stranger, farm.owner)
        assert phone.post(HARVEST, data=sent).location == phone.post(HARVEST, data=sent).location
        assert rows("lot") == 1


@pytest.mark.parametrize("weight", ["", "nhiều", "0", "-5", "12²", "999999999", "１２０x"])
def test_a_weight_that_cannot_be_is_told_at_its_field(phone: FlaskClient, farm: Farm, weight: str) -> None:
    answer = phone.post(HARVEST, data=said(farm, weight=weight))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert rows("lot") == 0


@pytest.mark.parametrize("step", ["details", "save"])
def test_a_harvest_of_tomorrow_is_told_at_its_field_before_it_is_said_back(
    phone: FlaskClient, farm: Farm, step: str
) -> None:
    tomorrow = (local_day(clock.now()) + timedelta(days=1)).isoformat()
    answer = phone.post(HARVEST, data=said(farm, picked_on=tomorrow, step=step))
    assert answer.status_code == 422
    assert "chưa tới" in answer.text
    assert 'value="120"' in answer.text


@pytest.mark.parametrize("day", ["", "hôm qua", "2026-02-30", "0000-00-00"])
def test_a_day_that_is_none_is_told(phone: FlaskClient, farm: Farm, day: str) -> None:
    assert phone.post(HARVEST, data=said(farm, picked_on=day)).status_code == 422


def test_too_many_labels_are_told_with_the_most_that_one_sheet_has(phone: FlaskClient, farm: Farm) -> None:
    lot = phone.post(HARVEST, data=said(farm)).location.removesuffix("/done")
    asked = {"unit_weight": "1 kg", "count": "100000", "client_id": str(uuid4())}
    refused = phone.post(f"{lot}/labels", data=asked)
    assert refused.status_code == 422
    assert "từ 1 đến 1.000" in refused.text


def test_the_whole_way_from_harvest_to_packs(app: Flask, phone: FlaskClient, farm: Farm) -> None:
    done = phone.post(HARVEST, data=said(farm))
    lot = done.location.removesuffix("/done")
    assert "9521234" in phone.get(f"{lot}/labels").text  # whose number it is
    sheet = phone.post(
        f"{lot}/labels", data={"unit_weight": "1 kg", "count": "50", "client_id": str(uuid4())}
    )
    assert sheet.status_code == 303
    assert "Đang làm tờ tem" in phone.get(sheet.location).text
    packing = {"unit_weight_g": "1000", "count": "50", "client_id": str(uuid4())}
    assert "50 tem chưa dán" in phone.get(f"{lot}/pack").text
    first, again = (phone.post(f"{lot}/pack", data=packing) for _ in range(2))
    assert (first.status_code, again.status_code) == (303, 303)
    shown = phone.get(lot).text
    assert "Còn 50 gói 1\u00a0kg trong kho" in shown
    assert "70\u00a0kg" in shown
    assert rows("pack") == 50


def test_more_packs_than_labels_is_told_with_the_figures(phone: FlaskClient, farm: Farm) -> None:
    lot = farm.harvests(kg(100))
    farm.prints(lot, 20)
    answer = phone.post(
        f"/farm/lots/{lot.id}/pack",
        data={"unit_weight_g": "1000", "count": "21", "client_id": str(uuid4())},
    )
    assert answer.status_code == 409
    assert "Cần 21 tem cỡ này mà chỉ còn 20" in answer.text


def test_a_stranger_finds_none_of_the_pages_of_a_lot(app: Flask, farm: Farm) -> None:
    lot = farm.harvests()
    stranger = people.logs_in(app.test_client(), people.farm_household("Hộ bà Tư"))
    for path in ("", "/done", "/correct", "/labels", "/pack"):
        assert stranger.get(f"/farm/lots/{lot.id}{path}").status_code == 404


def test_a_correction_shows_both_weights(phone: FlaskClient, farm: Farm) -> None:
    lot = farm.harvests(kg(120))
    answer = phone.post(
        f"/farm/lots/{lot.id}/correct",
        data={"weight": "100", "client_id": str(uuid4())},
        follow_redirects=True,
    )
    assert "Đã sửa lô" in answer.text
    assert "120\u00a0kg" in answer.text
    assert "Đã được sửa bằng một dòng mới" in answer.text


class TestReceiving:
    def test_a_packer_of_the_cooperative_releases_with_a_reason(self, app: Flask) -> None:
        cooperative = people.cooperative()
        farm = a_farm(inside=cooperative.organisation_id)
        farm.sprays("abamectin", phi_days=7, on=farm.now.date())
        lot = farm.harvests()
        desk = people.logs_in(app.test_client(), cooperative)
        assert lot.lot_no in desk.get("/farm/receiving").text
        assert desk.post(f"/farm/receiving/{lot.id}", data={"reason": "ok"}).status_code == 422
        answer = desk.post(f"/farm/receiving/{lot.id}", data={"reason": "Đã thử dư lượng, đạt"})
        assert answer.status_code == 303
        assert not farm.again(lot).is_held

    def test_a_household_has_no_such_page(self, phone: FlaskClient) -> None:
        assert phone.get("/farm/receiving").status_code == 403


class TestWhoGrowsNothing:
    @pytest.mark.parametrize("kind", ["collector", "packing_house", "cooperative"])
    def test_reads_what_applies_to_him_not_that_he_should_harvest(self, app: Flask, kind: str) -> None:
        buyer = people.member(kind, "Thu mua Út Bảy", ("packer", "seller"))
        phone = people.logs_in(app.test_client(), buyer)
        for path in ("/farm/lots", "/farm/sell"):
            page = phone.get(path).text
            assert "Chưa có lô nào đứng tên Thu mua Út Bảy" in page
            assert "chưa ghi được việc hộ giao lô cho thương lái" in page
            assert "Ghi thu hoạch" not in page
            assert "xã viên" not in page, "he has no members"

    def test_a_cooperative_finds_the_held_lots_of_its_members(self, app: Flask) -> None:
        cooperative = people.cooperative()
        a_farm(inside=cooperative.organisation_id)
        page = people.logs_in(app.test_client(), cooperative).get("/farm/lots").text
        assert 'href="/farm/receiving"' in page

    def test_a_cooperatives_home_says_that_held_lots_wait(self, app: Flask) -> None:
        cooperative = people.cooperative()
        farm = a_farm(inside=cooperative.organisation_id)
        packer = people.logs_in(app.test_client(), cooperative)
        assert "tạm giữ" not in packer.get("/farm/").text
        farm.sprays("abamectin", phi_days=7, on=TODAY)
        farm.harvests()
        home = packer.get("/farm/").text
        assert '<a href="/farm/receiving">1 lô của xã viên đang tạm giữ, chờ bạn xem</a>' in home

    def test_a_household_is_told_to_write_its_harvest(self, phone: FlaskClient) -> None:
        assert "Ghi thu hoạch" in phone.get("/farm/lots").text
        assert "Ghi thu hoạch xong, lô hàng hiện ở đây" in phone.get("/farm/sell").text


class TestTheDesk:
    def test_an_officer_finds_holds_and_releases(self, app: Flask, farm: Farm) -> None:
        lot = farm.harvests()
        desk = people.logs_in(app.test_client(), people.office())
        assert lot.lot_no in desk.get("/office/lots?q=mang").text
        assert lot.lot_no not in desk.get("/office/lots?q=100%25").text
        assert lot.lot_no not in desk.get("/office/lots?state=held").text
        desk.post(f"/office/lots/{lot.id}/hold", data={"reason": "Chờ kết quả kiểm tra"})
        assert "Chờ kết quả kiểm tra" in desk.get(f"/office/lots/{lot.id}").text
        desk.post(f"/office/lots/{lot.id}/release", data={"reason": "Kết quả đạt"})
        assert "Kết quả đạt" in desk.get(f"/office/lots/{lot.id}").text
        assert not farm.again(lot).is_held

    def test_is_not_for_farmers(self, phone: FlaskClient) -> None:
        assert phone.get("/office/lots").status_code == 403
