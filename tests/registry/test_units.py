"""Administrative units: a code alone is no key, and an old name still finds its place."""

from datetime import date

import pytest

from app.kernel.text import fold
from app.kernel.uow import unit_of_work
from app.registry import places
from app.registry.units import load_units

BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)


@pytest.fixture(scope="module")
def units(shared_app):
    """The committed table, loaded."""
    with unit_of_work() as uow:
        load_units(uow)


def test_loading_brings_every_unit_and_a_repeat_adds_nothing(app):
    with unit_of_work() as uow:
        assert load_units(uow) > 20_000
    with unit_of_work() as uow:
        assert load_units(uow) == 0


def test_one_code_means_two_communes_on_two_days(units):
    with unit_of_work(read_only=True) as uow:
        old, new = places.unit_on(uow, "25780", BEFORE), places.unit_on(uow, "25780", AFTER)
    assert (old.name, old.district_name, old.province_name) == (
        "Xã Minh Hoà",
        "Huyện Dầu Tiếng",
        "Tỉnh Bình Dương",
    )
    assert (new.name, new.district_name, new.province_name) == ("Xã Minh Thạnh", None, "TP. Hồ Chí Minh")


def test_a_place_is_written_as_people_read_it(units):
    with unit_of_work(read_only=True) as uow:
        assert places.place_name(uow, "25807", AFTER) == "Xã Thanh An, TP. Hồ Chí Minh"
        assert places.place_name(uow, "99999", AFTER) == "99999"


def test_a_split_commune_has_a_part_in_each_successor(units):
    with unit_of_work(read_only=True) as uow:
        old = places.unit_on(uow, "25801", BEFORE)
        became = places.successors(uow, old.code, old.valid_from)
    assert [(s.unit.name, s.extent) for s in became] == [
        ("Xã Thanh An", "partial"),
        ("Phường Tây Nam", "partial"),
    ]


def test_a_commune_that_became_a_ward_in_2026_has_both_names(units):
    with unit_of_work(read_only=True) as uow:
        names = [
            places.unit_on(uow, "26368", day).full_name for day in (date(2026, 4, 29), date(2026, 4, 30))
        ]
    assert names[0].startswith("Xã Long Thành")
    assert names[1] == "Phường Long Thành, TP. Đồng Nai"


def test_a_province_and_a_commune_are_there_on_every_day_since_the_reform(units):
    with unit_of_work(read_only=True) as uow:
        assert len(places.provinces(uow, AFTER)) == 34
        assert len(places.provinces(uow, BEFORE)) == 63
        assert len(places.communes(uow, "79", AFTER)) == 168


@pytest.mark.parametrize("typed", ["thanh an", "Thanh An", "THANH AN", "xa thanh an", "thạnh ân"])
def test_the_name_is_found_without_its_marks(units, typed):
    with unit_of_work(read_only=True) as uow:
        found = places.search_communes(uow, typed, AFTER)
    assert "25807" in {unit.code for unit in found}


def test_an_old_name_finds_its_successors(units):
    with unit_of_work(read_only=True) as uow:
        found = places.search_communes(uow, "định hiệp", AFTER)
    assert {"25807", "25777"} <= {unit.code for unit in found}


@pytest.mark.parametrize(
    "typed", ["", "  ", "%", "___", "khong co xa nao ten nay", "'; DROP TABLE admin_unit"]
)
def test_nonsense_finds_nothing(units, typed):
    with unit_of_work(read_only=True) as uow:
        assert places.search_communes(uow, typed, AFTER) == []


class TestNamesakes:
    """ "Thanh An" is a commune of several provinces: who types it means the one near him."""

    def test_a_household_finds_its_own_first_with_the_province_beside_it(self, units):
        with unit_of_work(read_only=True) as uow:
            near = places.Near("25807", "79", frozenset())
            found = places.search_communes(uow, "thanh an", AFTER, near=near)
        assert found[0].full_name == "Xã Thanh An, TP. Hồ Chí Minh"
        assert all(unit.province_name in unit.full_name for unit in found)

    def test_then_its_province_then_what_an_office_here_answers_for_then_the_rest(self, units):
        with unit_of_work(read_only=True) as uow:
            anywhere = places.search_communes(uow, "tân an", AFTER, limit=400)
            called_so = [unit for unit in anywhere if "Tân An" in unit.name]
            far = next(unit for unit in reversed(called_so) if unit.province_code != "79")
            near = places.Near("", "79", frozenset({far.code}))
            found = places.search_communes(uow, "tân an", AFTER, near=near, limit=400)
        own = [unit for unit in called_so if unit.province_code == "79"]
        assert {unit.code for unit in found[: len(own)]} == {unit.code for unit in own}
        assert found[len(own)] == far
        assert {unit.code for unit in found} == {unit.code for unit in anywhere}

    def test_a_name_in_one_piece_comes_before_its_words_apart(self, units):
        with unit_of_work(read_only=True) as uow:
            near = places.Near("25807", "79", frozenset())
            found = places.search_communes(uow, "thanh xuan", AFTER, near=near)
        assert "thanh xuan" in fold(found[0].name)

    def test_old_names_are_ranked_too(self, units):
        with unit_of_work(read_only=True) as uow:
            successors = places.search_communes(uow, "thị trấn dầu tiếng", AFTER)
        assert successors[0].code == "25777"
