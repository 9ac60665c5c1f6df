"""The diary: three screens, nothing twice, corrections beside what they correct."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.problems import NotFound
from app.kernel.uow import unit_of_work
from tests.scene import people
from tests.scene.farm import TODAY, Farm, a_farm, rows
from traceability.diary import queries
from traceability.diary.commands import AlreadyCorrected
from traceability.diary.rules import (
    Details,
    IntervalMissing,
    ProductMissing,
    WorkInTheFuture,
    WorkKind,
    WorkLongPast,
    check_details,
)
from traceability.events.queries import event

WORK = "/farm/work/new"


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


@pytest.fixture
def phone(app: Flask, farm: Farm) -> FlaskClient:
    return people.logs_in(app.test_client(), farm.owner)


def said(farm: Farm, kind: str = "spray", **changes: str) -> dict[str, str]:
    today = local_day(clock.now()).isoformat()
    return {
        "step": "save", "kind": kind, "plot_id": str(farm.plot_id), "product": "Abatimec", "dose": "20 ml",
        "phi_days": "7", "done_on": today, "client_id": str(uuid4()),
    } | changes  # fmt: skip


class TestAnEntry:
    def test_is_sealed_as_an_event_of_its_plot_without_its_note(self, farm: Farm) -> None:
        written = farm.works(WorkKind.SPRAY, product="Abatimec", phi_days=7, note="Chú Tám phun giùm")
        with unit_of_work(read_only=True) as uow:
            sealed = event(uow, written.event_id)
        assert sealed is not None
        assert sealed.plot_id == farm.plot_id
        assert sealed.body["coi:phiDays"] == 7
        assert "Tám" not in str(sealed.body)

    def test_is_written_once_however_often_the_phone_sends_it(self, farm: Farm) -> None:
        once = uuid4()
        assert farm.works(client_id=once).id == farm.works(client_id=once).id
        assert rows("diary_entry") == 1

    def test_of_tomorrow_or_of_long_ago_is_refused(self, farm: Farm) -> None:
        with pytest.raises(WorkInTheFuture):
            farm.works(on=TODAY + timedelta(days=1))
        with pytest.raises(WorkLongPast):
            farm.works(on=TODAY - timedelta(days=400))

    def test_on_a_plot_of_somebody_else_is_not_found(self, farm: Farm) -> None:
        with pytest.raises(NotFound):
            Farm(people.farm_household("Hộ bà Tư"), farm.plot_id).works()

    def test_is_corrected_once_and_both_stay(self, farm: Farm) -> None:
        wrong = farm.works(WorkKind.SPRAY, product="Abatimec", phi_days=7)
        right = farm.works(WorkKind.SPRAY, product="Abatimec", phi_days=14, corrects_id=wrong.id)
        with unit_of_work(read_only=True) as uow:
            counted = queries.sprays(uow, farm.plot_id)
            assert queries.entry(uow, farm.owner, wrong.id).corrected
        assert [spray.id for spray in counted] == [right.id]
        with pytest.raises(AlreadyCorrected):
            farm.works(WorkKind.SPRAY, product="Abatimec", phi_days=3, corrects_id=wrong.id)


class TestDetails:
    def test_a_spray_has_a_product_and_an_interval(self) -> None:
        with pytest.raises(ProductMissing):
            check_details(WorkKind.SPRAY, Details(phi_days=7))
        with pytest.raises(IntervalMissing):
            check_details(WorkKind.SPRAY, Details(product="Abatimec"))
        with pytest.raises(IntervalMissing):
            check_details(WorkKind.SPRAY, Details(product="Abatimec", phi_days=366))

    def test_other_works_have_no_interval(self) -> None:
        assert check_details(WorkKind.WATER, Details(phi_days=7)) == Details()


class TestThreeScreens:
    def test_first_the_kinds(self, phone: FlaskClient) -> None:
        assert "Phun thuốc" in phone.get(WORK).text

    def test_then_the_details_with_the_last_values(self, phone: FlaskClient, farm: Farm) -> None:
        farm.works(WorkKind.SPRAY, product="Abatimec", phi_days=7)
        page = phone.get(f"{WORK}?kind=spray").text
        assert 'value="Abatimec"' in page
        assert 'value="7"' in page
        assert 'name="phi_days"' not in phone.get(f"{WORK}?kind=water").text

    def test_then_they_are_said_back_with_the_first_day_of_harvest(
        self, phone: FlaskClient, farm: Farm
    ) -> None:
        back = phone.post(WORK, data=said(farm, step="review", done_on="2026-11-20"))
        assert "Abatimec" in back.text
        assert "được hái từ 27/11/2026" in back.text
        assert rows("diary_entry") == 0

    def test_then_it_is_written_once(self, phone: FlaskClient, farm: Farm) -> None:
        sent = said(farm)
        assert {phone.post(WORK, data=sent).status_code for _ in range(2)} == {303}
        assert rows("diary_entry") == 1
        assert "Abatimec" in phone.get("/farm/work").text

    def test_a_spray_without_its_interval_is_told_at_the_field(self, phone: FlaskClient, farm: Farm) -> None:
        answer = phone.post(WORK, data=said(farm, phi_days=""))
        assert answer.status_code == 422
        assert "số ngày cách ly" in answer.text
        assert 'value="Abatimec"' in answer.text

    @pytest.mark.parametrize("days", ["bảy", "７", "-1", "99999", "366"])
    def test_an_interval_that_is_no_number_of_days_is_told(
        self, phone: FlaskClient, farm: Farm, days: str
    ) -> None:
        assert phone.post(WORK, data=said(farm, phi_days=days)).status_code == 422

    def test_a_correction_starts_from_what_was_written(self, phone: FlaskClient, farm: Farm) -> None:
        wrong = farm.works(WorkKind.SPRAY, product="Abatimec", phi_days=7, on=date(2026, 11, 18))
        page = phone.get(f"{WORK}?corrects={wrong.id}").text
        assert 'value="2026-11-18"' in page
        assert phone.post(WORK, data=said(farm, corrects_id=str(wrong.id))).status_code == 303
        assert "đã được sửa" in phone.get("/farm/work").text


def test_a_household_without_a_plot_is_shown_the_way(app: Flask) -> None:
    phone = people.logs_in(app.test_client(), people.farm_household("Hộ mới"))
    for path in (WORK, "/farm/harvests/new"):
        assert "/farm/plots/new" in phone.get(path).text


class TestWhatNoPhoneSends:
    @pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
    @pytest.mark.parametrize("step", ["review", "save"])
    def test_a_day_out_of_all_reason_is_told_before_it_is_said_back(
        self, phone: FlaskClient, farm: Farm, day: str, step: str
    ) -> None:
        answer = phone.post(WORK, data=said(farm, done_on=day, step=step))
        assert answer.status_code == 422
        assert rows("diary_entry") == 0

    def test_a_correction_of_no_entry_is_not_found(self, phone: FlaskClient, farm: Farm) -> None:
        for wrong in ("x", str(uuid4())):
            assert phone.post(WORK, data=said(farm, corrects_id=wrong)).status_code == 404
        assert rows("diary_entry") == 0
