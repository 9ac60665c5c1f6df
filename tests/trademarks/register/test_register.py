"""The register: facts with their sources, unknowns as unknown, a load that can be repeated."""

import csv
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.db import new_id
from app.kernel.uow import unit_of_work
from trademarks.register.commands import DATA, Loaded, Regulation, add_regulation, load_marks
from trademarks.register.queries import (
    NoSuchMark,
    mark,
    mark_by_key,
    marks,
    marks_open_for_rights,
    record,
    regulation_on,
)

DAU_TIENG = "mang-cut-huyen-dau-tieng"


@pytest.fixture
def loaded(app: Flask) -> Loaded:
    with unit_of_work() as uow:
        return load_marks(uow)


def test_a_load_brings_nine_marks_and_a_repeat_nothing(loaded: Loaded) -> None:
    assert loaded == Loaded(new=9, changed=0, parties=2)
    with unit_of_work() as uow:
        assert load_marks(uow) == Loaded(new=0, changed=0, parties=0)


def test_the_command_says_what_it_did(app: Flask) -> None:
    told = app.test_cli_runner().invoke(args=["trademarks", "load"])
    assert (told.exit_code, told.output) == (0, "9 new marks, 0 changed, 2 new parties\n")


def test_every_row_names_its_source() -> None:
    with (DATA / "marks.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert all(row["source_url"].startswith("http") and row["source_read_on"] for row in rows)
    assert len({row["name"] for row in rows}) == len(rows)


def test_what_was_not_found_is_none_and_nothing_is_guessed(loaded: Loaded) -> None:
    with unit_of_work(read_only=True) as uow:
        found = mark_by_key(uow, DAU_TIENG)
        pomelo = mark_by_key(uow, "buoi-bach-dang-tan-uyen")
    assert (found.registration_no, found.filed_on, found.announced) == (None, None, "2019-06")
    assert found.announced_text == "06/2019"
    assert (pomelo.decision_no, pomelo.filed_on) == ("16444/QĐ-SHTT", date(2010, 3, 9))


def test_marks_are_sorted_by_the_vietnamese_alphabet(loaded: Loaded) -> None:
    with unit_of_work(read_only=True) as uow:
        names = [view.name for view in marks(uow)]
    assert names.index("Bánh tráng Danh Lễ Thanh An") < names.index("Bưởi Bạch Đằng - Tân Uyên")
    assert names[-1] == "Sơn mài - Điêu khắc Bình Dương"


def test_the_owner_ends_with_its_district_and_nobody_follows(loaded: Loaded) -> None:
    with unit_of_work(read_only=True) as uow:
        found = record(uow, mark_by_key(uow, DAU_TIENG).id)
    owner = found.held_by("owner", date(2025, 6, 30))
    assert owner is not None
    assert (owner.name, owner.successor) == ("Hội Nông dân huyện Dầu Tiếng", None)
    assert found.held_by("owner", date(2025, 7, 1)) is None


def test_a_new_version_of_a_regulation_ends_the_one_before(loaded: Loaded) -> None:
    with unit_of_work() as uow:
        mark_id = mark_by_key(uow, DAU_TIENG).id
        assert marks_open_for_rights(uow, date(2026, 1, 1)) == []
        for since, months in ((date(2025, 7, 1), 12), (date(2026, 7, 1), 24)):
            add_regulation(uow, mark_id, Regulation(title="Q", in_force_from=since, right_months=months))
        before, after = (
            regulation_on(uow, mark_id, date(2026, 6, 30)),
            regulation_on(uow, mark_id, date(2026, 7, 1)),
        )
        assert [view.id for view in marks_open_for_rights(uow, date(2026, 1, 1))] == [mark_id]
    assert before is not None
    assert after is not None
    assert (before.version, before.right_months, after.version, after.right_months) == (1, 12, 2, 24)


def test_an_unknown_mark_is_named_so(loaded: Loaded) -> None:
    with unit_of_work(read_only=True) as uow, pytest.raises(NoSuchMark):
        mark(uow, new_id())


class TestPages:
    def test_the_list_finds_without_diacritics(self, loaded: Loaded, client: FlaskClient) -> None:
        page = client.get("/trademarks/?q=mang+cut").get_data(as_text=True)
        assert "Măng cụt Lái Thiêu" in page
        assert "Gốm sứ" not in page

    def test_nothing_found_is_said_with_a_way_back(self, loaded: Loaded, client: FlaskClient) -> None:
        answer = client.get("/trademarks/?q=%3Cb%3E")
        assert answer.status_code == 200
        assert "Không có nhãn hiệu nào khớp với “&lt;b&gt;”" in answer.get_data(as_text=True)

    def test_a_mark_shows_its_dissolved_owner_and_its_unknowns(
        self, loaded: Loaded, client: FlaskClient
    ) -> None:
        with unit_of_work(read_only=True) as uow:
            mark_id = mark_by_key(uow, DAU_TIENG).id
        page = client.get(f"/trademarks/{mark_id}").get_data(as_text=True)
        for told in (
            "Hội Nông dân huyện Dầu Tiếng",
            "30/06/2025",
            "chờ chuyển giao",
            "chưa tìm thấy",
            "baomoi.com",
        ):
            assert told in page

    def test_an_unknown_mark_is_404(self, loaded: Loaded, client: FlaskClient) -> None:
        assert client.get(f"/trademarks/{new_id()}").status_code == 404
