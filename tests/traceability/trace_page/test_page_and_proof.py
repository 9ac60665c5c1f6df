"""What a page says of itself, and what the browser's own check makes of it and of the lot's proof."""

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.kernel import clock
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from ledger import sequencer
from tests.ledger.core.test_proof_bundles import NODE, in_node
from tests.scene import farm as scene
from tests.scene.farm import Farm
from traceability.events.commands import forget_words
from traceability.events.models import EpcisEvent
from traceability.lots.models import Lot
from traceability.lots.queries import LotView
from traceability.trace_page.queries import trace_url


@pytest.fixture
def farm(app: Flask) -> Farm:
    return scene.a_farm()


def seal() -> None:
    sequencer.run(current_app.extensions["coi.config"], clock.now())


def page_of(client: FlaskClient, lot: LotView) -> dict[str, Any]:
    """What `readPage` of static/js/verify/page.js finds on the page."""
    html = client.get(trace_url(lot.gtin, lot.lot_no)).get_data(as_text=True)

    def told(name: str) -> str:
        (found,) = re.findall(rf'data-{name}="([^"]*)"', html)
        return str(found)

    return {
        "lot": told("lot"),
        "entries": re.findall(r'data-entry="([^"]*)"', html),
        "sealed": int(told("sealed")),
        "harvestedOn": told("harvested-on"),
        "harvestedG": int(told("harvested-g")),
    }


def verdict(client: FlaskClient, lot: LotView, *, proof_of: LotView | None = None) -> str:
    proof = client.get(f"/trace/{(proof_of or lot).id}/proof.json").data
    asked = {
        "file": base64.b64encode(proof).decode(),
        "trust": client.get("/ledger/policy").get_data(as_text=True),
        "page": page_of(client, lot),
    }
    script = str(Path(__file__).with_name("compare_in_node.mjs"))
    done = subprocess.run(
        [str(NODE), "--no-warnings", script],
        input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.strip()


class TestThePage:
    def test_names_its_lot_as_its_events_do_and_its_first_facts(
        self, client: FlaskClient, farm: Farm
    ) -> None:
        lot = farm.harvests(kg(120))
        seal()
        page = page_of(client, lot)
        assert page["lot"] == f"https://id.gs1.org/01/{lot.gtin}/10/{lot.lot_no}"
        assert (page["harvestedOn"], page["harvestedG"]) == (lot.harvested_on.isoformat(), 120_000)

    def test_calls_no_line_sealed_before_a_checkpoint_covers_it(
        self, client: FlaskClient, farm: Farm
    ) -> None:
        farm.harvests(kg(80))
        seal()  # before the log stands, a page has no check of the browser's own
        elsewhere = scene.a_farm(name="Hộ bà Tư").harvests(kg(120))
        page = page_of(client, elsewhere)
        assert (page["entries"], page["sealed"]) == ([], 0)

    def test_gives_every_sealed_line_its_place_in_the_log(self, client: FlaskClient, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        seal()
        page, proof = page_of(client, lot), client.get(f"/trace/{lot.id}/proof.json").get_json()
        assert sorted(map(int, page["entries"])) == [item["index"] for item in proof["items"]]
        assert page["sealed"] == len(proof["items"])


@in_node
class TestTheBrowsersCode:
    def test_finds_page_and_proof_of_one_lot_alike(self, client: FlaskClient, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        seal()
        assert verdict(client, lot) == "ok"

    def test_asks_for_the_sealed_lines_alone_while_others_wait(self, client: FlaskClient, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        seal()
        farm.prints(lot, 50)
        farm.packs(lot, 50)
        assert verdict(client, lot) == "ok"

    def test_takes_a_corrected_harvest_at_its_last_word(self, client: FlaskClient, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        farm.corrects(lot, kg(90))
        seal()
        assert page_of(client, lot)["harvestedG"] == 90_000
        assert verdict(client, lot) == "ok"

    def test_tells_the_proof_of_another_lot_of_the_same_plot(self, client: FlaskClient, farm: Farm) -> None:
        lot, other = farm.harvests(kg(120)), farm.harvests(kg(80))
        seal()
        assert verdict(client, lot, proof_of=other) == "other"

    def test_says_that_erased_words_could_not_be_compared(self, client: FlaskClient, farm: Farm) -> None:
        farm.sprays("abamectin", phi_days=7, on=scene.TODAY)
        lot = farm.harvests(kg(120))
        seal()
        with unit_of_work() as uow:
            forget_words(uow, select(EpcisEvent.id), now=clock.now())
        assert verdict(client, lot) == "partly"

    @pytest.mark.parametrize(
        "row",
        [{"weight_g": kg(130)}, {"harvested_on": scene.TODAY.replace(year=2020)}],
        ids=["weight", "day"],
    )
    def test_finds_a_lot_whose_row_was_changed_behind_the_events(
        self, client: FlaskClient, farm: Farm, row: dict[str, Any]
    ) -> None:
        """The server compares events alone: their bytes are whole, and the page shows the row."""
        lot = farm.harvests(kg(120))
        seal()
        with unit_of_work() as uow:
            uow.session.execute(update(Lot).where(Lot.id == lot.id).values(**row))
        assert verdict(client, lot) == "differs"
