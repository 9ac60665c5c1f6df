"""The browser's own check is about this page: a proof that holds for something else is no proof of it."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest

from ledger.core import jcs
from scripts.walk.codes import path_of
from tests.ledger.core.tampering import samples

PROOF = re.compile(r"/trace/[0-9a-f-]+/proof\.json")
Bundle = dict[str, Any]


def _path(house, status="unchanged"):
    return path_of(house.guide["traces"][status])


def _get(house, path) -> str:
    with urlopen(house.base + path, timeout=10) as answer:
        return answer.read().decode()


def _page(house, status="unchanged") -> str:
    return _get(house, _path(house, status))


def _proof_of(house, status="unchanged") -> bytes:
    return _get(house, PROOF.search(_page(house, status))[0]).encode()


def _changed(proof: bytes, change: Callable[[list[Bundle]], None]) -> bytes:
    """The bundle with other items and the checksum that fits them, as anybody can write it."""
    value = json.loads(proof)
    del value["sha256"]
    change(value["items"])
    value["sha256"] = hashlib.sha256(jcs.canonicalize(value)).hexdigest()
    return jcs.canonicalize(value)


def _body(item: Bundle) -> Bundle:
    return json.loads(base64.b64decode(item["disclosure"]["body"]))


def _is_harvest(item: Bundle) -> bool:
    return _body(item)["bizStep"] == "commissioning"


def _strip(items: list[Bundle]) -> None:
    for item in items:
        del item["disclosure"]


def _erase(items: list[Bundle]) -> None:
    for item in items:
        item["disclosure"] = {"erased": True}


def _erase_but_show(items: list[Bundle]) -> None:
    for item in items:
        item["disclosure"]["erased"] = True


def _erase_the_works(items: list[Bundle]) -> None:
    _erase([item for item in items if not _is_harvest(item)])


def _keep_the_harvest(items: list[Bundle]) -> None:
    _strip([item for item in items if _is_harvest(item)])


def _drop_a_work(items: list[Bundle]) -> None:
    items.remove(next(item for item in items if not _is_harvest(item)))


def _drop_the_harvest(items: list[Bundle]) -> None:
    items.remove(next(item for item in items if _is_harvest(item)))


@pytest.fixture
def verdict(house, phone):
    """What the page says of a proof put in the place of its own, and of a page changed on its way."""

    def ask(proof: bytes | None = None, *, page: Callable[[str], str] | None = None) -> tuple[str, str, str]:
        browser = phone.page
        if proof is not None:
            browser.route(PROOF, lambda route: route.fulfill(body=proof, content_type="application/json"))
        if page is not None:
            changed = page(_page(house))
            browser.route(
                house.base + _path(house), lambda route: route.fulfill(body=changed, content_type="text/html")
            )
        phone.opens(_path(house))
        check = browser.locator("[data-verify-proof]:not([data-state='checking'])[data-state]")
        check.wait_for(state="attached")
        said = check.locator("[data-verify-result]").text_content()
        return check.get_attribute("data-state"), check.get_attribute("data-verdict"), said

    return ask


class TestTheProofOfThePage:
    def test_is_green_and_says_what_was_compared(self, verdict):
        state, which, said = verdict()
        assert (state, which) == ("ok", "ok")
        assert "số lô, ngày hái và số cân đúng như bản đã khóa" in said

    def test_every_line_of_the_journey_is_asked_for(self, house):
        page = _page(house)
        entries = re.findall(r'data-entry="(\d+)"', page)
        assert len(entries) == len(set(entries)) == page.count('class="timeline__row')
        assert {int(one) for one in entries} <= {
            item["index"] for item in json.loads(_proof_of(house))["items"]
        }


class TestAnotherProofThatHolds:
    def test_of_another_lot_is_red(self, house, verdict):
        assert PROOF.search(_page(house, "held"))[0] != PROOF.search(_page(house))[0]
        state, which, said = verdict(_proof_of(house, "held"))
        assert (state, which) == ("bad", "other")
        assert "KHÔNG phải của lô này" in said

    def test_of_a_sensor_window_is_red(self, phone, verdict):
        """The demonstration's days of readings close later, so the window is one of a log of its own."""
        (window,) = (one for one in samples() if one.name == "window of readings")
        phone.page.route(
            "**/ledger/policy", lambda route: route.fulfill(body=f"log {window.trust}\nquorum none\n")
        )
        assert verdict(window.data)[:2] == ("bad", "other")

    @pytest.mark.parametrize("change", [_drop_a_work, _drop_the_harvest])
    def test_that_lacks_a_line_is_red(self, house, verdict, change):
        assert verdict(_changed(_proof_of(house), change))[:2] == ("bad", "other")

    def test_that_lacks_a_line_is_red_on_a_page_stored_before_its_lines_were_sealed(self, house, verdict):
        proof = _changed(_proof_of(house), _drop_a_work)
        assert verdict(proof, page=lambda html: re.sub(r' data-entry="\d+"', "", html))[:2] == (
            "bad",
            "other",
        )

    def test_of_another_lot_with_every_line_of_this_page_is_red(self, verdict):
        """Only the name of the lot is left to tell them apart."""

        def renamed(html: str) -> str:
            return re.sub(r'(data-lot="[^"]+)"', r'\1X"', html)

        assert verdict(page=renamed)[:2] == ("bad", "other")


class TestContentsThatAreNotShown:
    @pytest.mark.parametrize("change", [_strip, _erase, _erase_but_show, _keep_the_harvest])
    def test_give_no_green_and_no_word_of_a_comparison(self, house, verdict, change):
        state, which, said = verdict(_changed(_proof_of(house), change))
        assert (state, which) == ("unavailable", "kept")
        assert "không so được với trang này" in said

    def test_of_a_few_lines_are_told_beside_what_was_compared(self, house, verdict):
        state, which, said = verdict(_changed(_proof_of(house), _erase_the_works))
        assert (state, which) == ("ok", "partly")
        assert "hoặc đã xóa nên không so được" in said


class TestAPageThatTellsOtherFacts:
    @pytest.mark.parametrize(
        ("fact", "instead"), [("harvested-on", "2001-01-01"), ("harvested-g", "1"), ("harvested-g", "")]
    )
    def test_is_red_with_a_sentence_of_its_own(self, verdict, fact, instead):
        state, which, said = verdict(
            page=lambda html: re.sub(rf'data-{fact}="[^"]*"', f'data-{fact}="{instead}"', html)
        )
        assert (state, which) == ("bad", "differs")
        assert "Ngày hái hoặc số cân" in said
