"""Whoever reads English meets no Vietnamese but names: of people, places, goods, and what others wrote."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel import clock
from app.kernel.db import Base, db
from ledger import sequencer
from tests.scene import people
from tests.scene.farm import Farm, a_farm
from tests.scene.shop import offered, packed_lot
from traceability.trace_page.queries import trace_url

VIETNAMESE = re.compile(r"[^\s<>]*[à-ỹÀ-ỸđĐăĂơƠưƯ][^\s<>]*")
HOUSE_NAMES = ("Cội", "công")  # the market's own name, and the farmers' unit of land
SPOKEN = {"alt", "title", "placeholder", "aria-label", "content", "label"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class _Spoken(HTMLParser):
    """What a page says in its own language: texts and spoken attributes outside elements of another one."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._foreign: list[str] = []  # open elements from the first one in another language

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID and (self._foreign or given.get("lang") == "vi" or tag in ("script", "style")):
            self._foreign.append(tag)
        if not self._foreign and given.get("lang") != "vi":
            self.said += [
                value for name, value in attrs if value and (name in SPOKEN or name.startswith("data-msg"))
            ]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._foreign:
            while self._foreign.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._foreign:
            self.said.append(" ".join(data.split()))


def strings_in(value: Any) -> set[str]:
    """Every text inside a stored value."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return set().union(*map(strings_in, value.values()))
    if isinstance(value, list):
        return set().union(*map(strings_in, value))
    return set()


def stored_names() -> list[str]:
    """The Vietnamese texts of the database, longest first: names and what people wrote, nothing of ours."""
    with db.engine.connect() as connection:
        rows = [row for table in Base.metadata.sorted_tables for row in connection.execute(select(table))]
    found = set().union(*(strings_in(value) for row in rows for value in row))
    return sorted((text for text in found if VIETNAMESE.search(text)), key=len, reverse=True)


def left_in_vietnamese(html: str) -> list[str]:
    """The words that are neither English nor a name."""
    page = _Spoken()
    page.feed(html)
    page.close()
    said = "\n".join(page.said)
    office = current_app.extensions["coi.config"].office_name
    for name in (office, *stored_names(), *HOUSE_NAMES):
        said = said.replace(name, "")
    return [line for line in said.splitlines() if VIETNAMESE.search(line)]


@pytest.fixture
def farm(app: Flask) -> Farm:
    people.office()
    return a_farm()


def assert_english(client: FlaskClient, path: str, *, status: int = 200) -> None:
    answer = client.get(path, query_string={"lang": "en"} if "?" not in path else None)
    assert answer.status_code == status, path
    assert '<html lang="en"' in answer.text, path
    assert left_in_vietnamese(answer.text) == [], path


class TestInEnglish:
    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/products",
            "/products/mangosteen",
            "/search?q=mang+cut&lang=en",
            "/search?q=xyzzy&lang=en",
            "/cart",
            "/ledger",
            "/ledger/sample",
            "/ledger/exceptions",
            "/trademarks/",
            "/t",
            "/login",
            "/office/login",
        ],
    )
    def test_a_public_page_has_no_vietnamese_but_names(
        self, client: FlaskClient, farm: Farm, path: str
    ) -> None:
        offered(farm, packed_lot(farm))
        assert_english(client, path)

    def test_neither_has_a_trace_page_before_and_after_its_seal(
        self, client: FlaskClient, farm: Farm
    ) -> None:
        lot = packed_lot(farm)
        assert_english(client, trace_url(lot.gtin, lot.lot_no))
        sequencer.run(current_app.extensions["coi.config"], clock.now())
        assert_english(client, trace_url(lot.gtin, lot.lot_no))

    @pytest.mark.parametrize("path", ["/nowhere", "/t/ABCDE23456"])
    def test_neither_has_a_page_that_is_not_there(self, client: FlaskClient, farm: Farm, path: str) -> None:
        assert_english(client, path, status=404)


class TestTheFinder:
    def test_sees_text_and_spoken_attributes_but_not_marked_vietnamese(self, app: Flask) -> None:
        html = '<p>Xin chào</p><img alt="Vườn"><a lang="vi">Tiếng Việt</a><p>Hello Cội</p>'
        assert left_in_vietnamese(html) == ["Xin chào", "Vườn"]
