"""The language switch leads to a page, also where the address only takes forms."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.scene.people import farm_household, logs_in


@pytest.fixture
def phone(app: Flask) -> FlaskClient:
    return logs_in(app.test_client(), farm_household())


def switch_in(page: str) -> str:
    return re.search(r'<a href="([^"]*)lang=en"', page)[1].replace("&amp;", "&") + "lang=en"


FORMS = [
    ("/farm/me/photo", "/farm/me"),
    ("/farm/me/bank-account", "/farm/me"),
    ("/cart/add", "/products/mang-cut-dau-tieng?q=mang"),
]


@pytest.mark.parametrize(("form", "shown_at"), FORMS)
def test_of_a_refused_form_leads_to_the_page_of_the_form(
    phone: FlaskClient, form: str, shown_at: str
) -> None:
    answer = phone.post(form, data={"units": "x"}, headers={"Referer": f"http://localhost{shown_at}"})
    assert answer.status_code >= 400
    link = switch_in(answer.text)
    assert link == shown_at + ("&" if "?" in shown_at else "?") + "lang=en"


def test_leads_home_where_nobody_knows_the_page_of_the_form(phone: FlaskClient) -> None:
    answer = phone.post("/farm/me/photo", data={}, headers={"Referer": "http://evil.test/farm/me"})
    assert switch_in(answer.text) == "/farm/?lang=en"
    assert phone.get("/farm/?lang=en").status_code == 200


def test_keeps_the_address_of_a_page_and_its_search(phone: FlaskClient) -> None:
    assert switch_in(phone.get("/products?q=mang+cut").text) == "?q=mang%20cut&lang=en"
    assert switch_in(phone.post("/farm/plots/new", data={"name": ""}).text) == "?lang=en"
