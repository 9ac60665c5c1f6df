"""Who grew it: the name and the photo that the household agrees to show, on pages that are stored."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.identity import commands
from app.kernel import clock
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from tests.scene import farm as scene
from tests.scene.farm import Farm
from tests.scene.people import logs_in
from traceability.trace_page.queries import trace_url

DRAWN = 'width="112" height="112"'


@pytest.fixture
def farm(app: Flask) -> Farm:
    return scene.a_farm()


@pytest.fixture
def grower(app: Flask, farm: Farm) -> FlaskClient:
    """The farmer's own phone; he agreed to show a photo and sent one."""
    phone = logs_in(app.test_client(), farm.owner)
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "green").save(out, "JPEG")
    says(phone, photo="yes")
    phone.post("/farm/me/photo", data={"photo": (io.BytesIO(out.getvalue()), "vuon.jpg")})
    return phone


@pytest.fixture
def page(client: FlaskClient, farm: Farm) -> Callable[[], str]:
    """The page of one lot as a stranger reads it; it is stored with the first look."""
    lot = farm.harvests(kg(120))

    def read() -> str:
        return client.get(trace_url(lot.gtin, lot.lot_no)).text

    return read


def says(phone: FlaskClient, *, name: str = "no", photo: str) -> None:
    assert phone.post("/farm/me/consents", data={"show_name": name, "show_photo": photo}).status_code == 303


def test_a_household_without_a_photo_has_the_drawn_fruit(page: Callable[[], str]) -> None:
    assert "/photos/" not in page()
    assert DRAWN in page()


class TestThePhoto:
    def test_stands_in_the_place_of_the_fruit_with_its_day_and_whose_it_is(
        self, grower: FlaskClient, page: Callable[[], str], client: FlaskClient
    ) -> None:
        html = page()
        shown = html.split('<img class="lot__photo"', 1)[1].split(">", 1)[0]
        assert 'alt="Hình của người trồng: Hộ H-' in shown
        assert 'width="112" height="84"' in shown
        assert client.get(shown.split('src="')[1].split('"')[0]).content_type == "image/webp"
        assert "Hình do hộ gửi ngày" in html
        assert DRAWN not in html

    def test_that_comes_later_makes_stored_pages_anew(
        self, app: Flask, farm: Farm, page: Callable[[], str], request: pytest.FixtureRequest
    ) -> None:
        assert DRAWN in page()
        request.getfixturevalue("grower")
        assert "/photos/" in page()

    def test_goes_from_stored_pages_when_the_consent_is_withdrawn(
        self, grower: FlaskClient, page: Callable[[], str]
    ) -> None:
        assert "/photos/" in page()
        says(grower, photo="no")
        assert "/photos/" not in page()
        assert DRAWN in page()

    def test_goes_from_stored_pages_when_it_is_removed(
        self, grower: FlaskClient, page: Callable[[], str]
    ) -> None:
        assert "/photos/" in page()
        grower.post("/farm/me/photo/remove")
        assert "/photos/" not in page()

    def test_goes_from_stored_pages_when_the_person_is_erased(
        self, grower: FlaskClient, farm: Farm, page: Callable[[], str]
    ) -> None:
        assert "/photos/" in page()
        with unit_of_work() as uow:
            commands.erase_person(uow, farm.owner.person_id, actor=None, now=clock.now())
        assert "/photos/" not in page()


def test_a_name_that_is_withdrawn_goes_from_stored_pages_at_once(
    app: Flask, farm: Farm, page: Callable[[], str]
) -> None:
    phone = logs_in(app.test_client(), farm.owner)
    says(phone, name="yes", photo="no")
    name = farm.owner.organisation_name
    assert name in page()
    says(phone, photo="no")
    assert name not in page()
