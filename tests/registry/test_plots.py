"""Plots: entered once by their people, confirmed by an officer of the right office, seen by nobody else."""

import json

import pytest

from app.kernel.db import new_id
from app.kernel.problems import Conflict, Forbidden, NotFound
from app.kernel.uow import unit_of_work
from app.registry import commands, queries
from app.registry.areas import NotAnArea, parse_area
from app.registry.commands import PLOT_CONFIRMED, PLOT_REGISTERED, RegisterPlot
from app.registry.geometry import OutlineCrossesItself
from app.registry.plot_map import Shape, near, plot_svg
from tests.scene.people import NOW, colleague, farm_household, logs_in, office

SQUARE = json.dumps(
    {
        "type": "Polygon",
        "coordinates": [
            [[106.42, 11.23], [106.421, 11.23], [106.421, 11.231], [106.42, 11.231], [106.42, 11.23]]
        ],
    }
)
POINT = json.dumps({"type": "Point", "coordinates": [106.42, 11.23]})


@pytest.fixture(autouse=True)
def _no_hooks(app):
    """What other rooms do with a plot has its tests there."""
    for hook in (PLOT_CONFIRMED, PLOT_REGISTERED):
        app.extensions.pop(hook._slot, None)


def enters(actor, **changes):
    wanted = {
        "name": "Vườn",
        "crop": "mangosteen",
        "commune_code": "25807",
        "geometry": SQUARE,
        "client_id": new_id(),
    }
    with unit_of_work() as uow:
        return commands.register_plot(uow, RegisterPlot(**(wanted | changes)), actor=actor, now=NOW)


def confirms(actor, plot):
    with unit_of_work() as uow:
        return commands.confirm_plot(uow, plot.id, actor=actor, now=NOW)


class TestEntering:
    def test_a_polygon_is_measured(self, app):
        plot = enters(farm_household())
        assert plot.area_from == "polygon"
        assert 11_900 < plot.area_m2 < 12_300
        assert plot.commune_name == "Xã Thanh An"

    def test_a_point_needs_the_area_that_its_owner_says(self, app):
        farmer = farm_household()
        with pytest.raises(commands.AreaMissing):
            enters(farmer, geometry=POINT)
        assert enters(farmer, geometry=POINT, area_m2=2_500).area_from == "declared"

    def test_twice_with_one_client_id_is_one_plot(self, app):
        farmer, client_id = farm_household(), new_id()
        assert enters(farmer, client_id=client_id).id == enters(farmer, client_id=client_id, name="Khác").id

    def test_the_client_id_of_another_is_no_way_in(self, app):
        client_id = new_id()
        enters(farm_household(), client_id=client_id)
        with pytest.raises(Conflict):
            enters(farm_household(), client_id=client_id)

    def test_a_name_stands_once_in_a_household(self, app):
        farmer = farm_household()
        enters(farmer)
        with pytest.raises(commands.PlotNameTaken):
            enters(farmer)
        enters(farm_household())

    @pytest.mark.parametrize("area", [0, -5, 6_000_000])
    def test_an_absurd_area_is_refused(self, app, area):
        with pytest.raises(commands.AbsurdArea):
            enters(farm_household(), geometry=POINT, area_m2=area)

    def test_a_commune_of_nowhere_is_refused(self, app):
        with pytest.raises(commands.NoSuchCommune):
            enters(farm_household(), commune_code="00000")

    def test_a_bow_tie_is_refused(self, app):
        tie = [[106.42, 11.23], [106.421, 11.231], [106.421, 11.23], [106.42, 11.231], [106.42, 11.23]]
        with pytest.raises(OutlineCrossesItself):
            enters(farm_household(), geometry=json.dumps({"type": "Polygon", "coordinates": [tie]}))

    def test_other_rooms_act_in_the_same_transaction(self, app):
        PLOT_REGISTERED.add(app, "refuses", lambda *_: (_ for _ in ()).throw(Conflict()))
        farmer = farm_household()
        with pytest.raises(Conflict):
            enters(farmer)
        with unit_of_work(read_only=True) as uow:
            assert queries.plots_of(uow, farmer.organisation_id) == []


class TestConfirming:
    def test_keeps_the_officers_name_and_day(self, app):
        officer = office()
        seen = confirms(officer, enters(farm_household()))
        assert (seen.confirmed_by_name, seen.confirmed_office_name) == ("Lê Thị Cán Bộ", "Phòng Kinh tế")
        assert seen.confirmed_at == NOW

    def test_happens_once(self, app):
        officer, plot = office(), enters(farm_household())
        confirms(officer, plot)
        with pytest.raises(commands.AlreadyConfirmed):
            confirms(officer, plot)

    def test_is_not_for_the_owner_nor_for_an_auditor(self, app):
        farmer, officer = farm_household(), office()
        plot = enters(farmer)
        with pytest.raises(NotFound):
            confirms(farmer, plot)
        with pytest.raises(Forbidden):
            confirms(colleague(officer.organisation_id, ["auditor"]), plot)


class TestPages:
    def test_a_farmer_enters_a_plot_by_the_phones_position(self, client):
        farmer = farm_household()
        logs_in(client, farmer)
        assert client.get("/farm/plots/new").status_code == 200
        answer = client.post(
            "/farm/plots/new",
            data={"name": "Vườn sau", "crop": "mangosteen", "commune_text": "thanh an",
                  "position": "11.2312, 106.4215", "area": "2,5 công", "client_id": str(new_id())},
        )  # fmt: skip
        assert answer.status_code == 303
        with unit_of_work(read_only=True) as uow:
            (plot,) = queries.plots_of(uow, farmer.organisation_id)
        assert plot.geometry == {"type": "Point", "coordinates": [106.4215, 11.2312]}
        assert plot.area_m2 == 2_500
        assert client.get(f"/farm/plots/{plot.id}").status_code == 200

    def test_what_was_typed_stays_when_it_is_refused(self, client):
        logs_in(client, farm_household())
        answer = client.post(
            "/farm/plots/new",
            data={"name": "Vườn sau", "crop": "mangosteen", "commune_text": "thanh an", "area": "nhiều lắm",
                  "position": "11.2312, 106.4215"},
        )  # fmt: skip
        assert answer.status_code == 422
        assert "Vườn sau" in answer.text
        assert "Chưa đọc được diện tích" in answer.text

    @pytest.mark.parametrize(
        ("typed", "told"),
        [("106.42, 11.23", "Xin ghi vĩ độ trước: 11.23, 106.42."), ("48.85, 2.35", "nằm ngoài Việt Nam"),
         ("200, 300", "nằm ngoài Việt Nam")],
    )  # fmt: skip
    def test_a_wrong_position_is_told_at_its_field(self, client, typed, told):
        logs_in(client, farm_household())
        shown = client.post(
            "/farm/plots/new",
            data={"name": "Vườn sau", "crop": "mangosteen", "commune_text": "thanh an", "area": "2,5 công",
                  "position": typed},
        ).text  # fmt: skip
        assert told in shown.split('id="position-error"')[1].split("</p>")[0]
        assert 'id="geometry-error"' not in shown

    def test_an_officer_sees_the_map_and_confirms(self, client):
        plot = enters(farm_household())
        logs_in(client, office())
        assert "Vườn" in client.get("/office/plots").text
        shown = client.get(f"/office/plots/{plot.id}")
        assert '<svg class="map"' in shown.text
        assert "style=" not in shown.text
        assert client.post(f"/office/plots/{plot.id}/confirm").status_code == 303
        assert client.post(f"/office/plots/{plot.id}/confirm").status_code == 409

    def test_a_foreign_plot_is_not_there(self, client):
        plot = enters(farm_household())
        logs_in(client, farm_household())
        assert client.get(f"/farm/plots/{plot.id}").status_code == 404


@pytest.mark.parametrize(
    ("typed", "m2"),
    [("2500", 2500), ("2.500 m²", 2500), ("2,5 công", 2500), ("0,25 ha", 2500), ("0.25 ha", 2500),
     ("3 sào", 3000), ("1.200,5", 1200), ("1 mẫu", 10_000)],
)  # fmt: skip
def test_an_area_is_read_as_people_type_it(typed, m2):
    assert parse_area(typed) == m2


@pytest.mark.parametrize("typed", ["", "ha", "nhiều", "-5", "1,2,3", "2 dặm", "９９"])
def test_what_is_no_area_is_refused(typed):
    with pytest.raises(NotAnArea):
        parse_area(typed)


def test_a_map_escapes_names_and_leaves_far_plots_out():
    here, there = json.loads(POINT), {"type": "Point", "coordinates": [106.9, 11.6]}
    assert near(here, [Shape(there, "xa"), Shape(here, "gần")]) == [Shape(here, "gần")]
    drawn = plot_svg([Shape(here, "<b>&", subject=True)], title='"><script>')
    assert "<b>" not in drawn
    assert "<script>" not in drawn
