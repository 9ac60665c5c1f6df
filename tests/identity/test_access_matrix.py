"""Role × route × an object of somebody else, from the URL map: a route that is not in the table fails.

A new route of any room has its line in `TABLE`, or stands in `OPEN` because everybody may come in.
Foreign objects are 404, foreign actions 403, nobody is led to the login page.
"""

import itertools
import re

import pytest

from app.kernel.db import new_id
from tests.scene.people import colleague, cooperative, farm_household, logs_in, member, office

FARMERS = {"farmer", "packer", "seller"}
DECIDERS = {"officer", "approving_officer"}
DESK = {*DECIDERS, "auditor"}
EVERYBODY_IN = {*FARMERS, "helper", *DESK, "administrator"}

TABLE: dict[str, set[str]] = {
    "identity.log_out_everywhere": EVERYBODY_IN,
    "identity.organisation": EVERYBODY_IN,
    "identity_farm.home": {*FARMERS, "helper"},
    "identity_farm.me": EVERYBODY_IN,
    "identity_farm.consents": EVERYBODY_IN,
    "identity_farm.send_photo": EVERYBODY_IN,
    "identity_farm.remove_photo": {"farmer"},
    "identity_farm.bank_account": {"farmer", "seller"},
    "identity_farm.help": {"helper", *DECIDERS},
    "identity_farm.ask_farmer": {"helper", *DECIDERS},
    "identity_farm.farmers_code": {"helper", *DECIDERS},
    "identity_farm.take_consent": {"helper", *DECIDERS},
    "identity_farm.act_for": {"helper", *DECIDERS},
    "identity_farm.next_farmer": {"helper", *DECIDERS},
    "identity_office.home": {*DESK, "administrator"},
    "identity_office.people": {"administrator"},
    "identity_office.add_person": {"administrator"},
    "identity_office.renew_person": {"administrator"},
    "identity_office.end_person": {"administrator"},
    "registry_office.items": {*DESK, "administrator"},
    "registry_office.new_item": {*DECIDERS, "administrator"},
    "registry_office.create_item": {*DECIDERS, "administrator"},
    "registry_office.shelf_life": {*DECIDERS, "administrator"},
    "registry_office.change_shelf_life": {*DECIDERS, "administrator"},
    "registry_farm.plots": {"farmer"},
    "registry_farm.new_plot": {"farmer"},
    "registry_farm.create_plot": {"farmer"},
    "registry_farm.plot": {"farmer"},
    "registry_office.plots": DESK,
    "registry_office.plot": DESK,
    "registry_office.confirm": DECIDERS,
    "cases_farm.ask": FARMERS,
    "cases_farm.send_question": FARMERS,
    "cases_farm.case": {*FARMERS, *DESK},
    "cases_farm.answer": FARMERS,
    "cases_farm.add_document": FARMERS,
    "cases_farm.document": {*FARMERS, *DESK},
    "cases_farm.erasure": EVERYBODY_IN,
    "cases_farm.send_erasure": EVERYBODY_IN,
    "cases_office.cases": DESK,
    "cases_office.cases_csv": DESK,
    "cases_office.case": DESK,
    "cases_office.decide": DECIDERS,
    "cases_office.add_paper": DECIDERS,
    "cases_office.document": DESK | FARMERS,
    "cases_office.parked": {*DESK, "administrator"},
    "cases_office.retry": {*DECIDERS, "administrator"},
    "sensors_farm.devices": {"farmer", "packer"},
    "sensors_farm.datastream": {"farmer", "packer"},
    "sensors_farm.new_device": {"farmer"},
    "sensors_farm.upload": {"farmer"},
    "sensors_farm.device": {"farmer"},
    "sensors_farm.rotate": {"farmer"},
    "sensors_farm.retire": {"farmer"},
    "sensors_office.devices": DECIDERS,
    "sensors_office.device": DECIDERS,
    "sensors_office.rotate": DECIDERS,
    "sensors_office.retire": DECIDERS,
    "trademarks_farm.rights": FARMERS,
    "trademarks_farm.apply": FARMERS,
    "trademarks_farm.send_application": FARMERS,
    "trademarks_farm.certificate": FARMERS,
    "trademarks_office.rights": DESK,
    "trademarks_office.export": DESK,
    "trademarks_office.right": DESK,
    "trademarks_office.certificate": DESK,
    "trademarks_office.ask": DECIDERS,
    "trademarks_office.act": DECIDERS,
    "traceability_farm.diary": {"farmer"},
    "traceability_farm.new_work": {"farmer"},
    "traceability_farm.create_work": {"farmer"},
    "traceability_farm.new_harvest": {"farmer"},
    "traceability_farm.create_harvest": {"farmer"},
    "traceability_farm.harvest_done": {"farmer"},
    "traceability_farm.correction": {"farmer"},
    "traceability_farm.correct": {"farmer"},
    "traceability_farm.lots": FARMERS,
    "traceability_farm.lot": FARMERS,
    "traceability_farm.new_sheet": {"farmer", "packer"},
    "traceability_farm.create_sheet": {"farmer", "packer"},
    "traceability_farm.sheet": {"farmer", "packer"},
    "traceability_farm.sheet_pdf": {"farmer", "packer"},
    "traceability_farm.cancel": {"farmer", "packer"},
    "traceability_farm.new_packing": {"packer"},
    "traceability_farm.create_packing": {"packer"},
    "traceability_farm.receiving": {"packer"},
    "traceability_farm.receive": {"packer"},
    "traceability_office.lots": DESK,
    "traceability_office.lot": DESK,
    "traceability_office.hold": DECIDERS,
    "traceability_office.release": DECIDERS,
    "traceability_office.recall": DECIDERS,
    "traceability_office.lift": DECIDERS,
    "traceability_office.verify": DESK,
    "traceability_office.clear": DECIDERS,
    "marketplace_farm.sell": {"seller"},
    "marketplace_farm.offer": {"seller"},
    "marketplace_farm.send_offer": {"seller"},
    "marketplace_farm.withdraw": {"seller"},
    "marketplace_farm.sales": {"seller"},
    "marketplace_farm.sales_csv": {"seller"},
    "marketplace_farm.sale": {"seller"},
    "marketplace_farm.confirm_receipt": {"seller"},
    "marketplace_farm.pack_order": {"seller"},
    "marketplace_farm.send_order": {"seller"},
    "marketplace_farm.deliver_order": {"seller"},
    "marketplace_farm.ask_why": {"seller"},
    "marketplace_farm.refuse_order": {"seller"},
    "marketplace_farm.refund_order": {"seller"},
    "marketplace_farm.delivery": {"seller"},
    "marketplace_farm.save_delivery": {"seller"},
    "marketplace_office.trouble": DECIDERS,
    "marketplace_office.money_fits": DECIDERS,
    "marketplace_office.money_returned": DECIDERS,
}

# Doors that stand open to everybody: the shop, what a code says, the registers, the log, the logins,
# and what a program asks with a key or a signature of its own.
OPEN = {
    "identity.phone", "identity.send_code", "identity.code", "identity.check_code", "identity.name",
    "identity.create_account", "identity.log_out", "identity.photo",
    "identity_office.login", "identity_office.check",
    "marketplace.home", "marketplace.products", "marketplace.search", "marketplace.product",
    "marketplace.cart", "marketplace.add_to_cart", "marketplace.change_cart", "marketplace.checkout",
    "marketplace.place_order", "marketplace.order", "marketplace.cancel_order",
    "marketplace.ask_to_cancel", "marketplace.pay_by_card", "marketplace.card_event",
    "traceability_public.resolve", "traceability_public.typed", "traceability_public.code",
    "traceability_public.proof", "traceability_public.sensor_proof", "traceability_public.report",
    "trademarks.index", "trademarks.mark", "trademarks.right", "trademarks.proof",
    "ledger.show", "ledger.checkpoint", "ledger.tile", "ledger.key", "ledger.policy", "ledger.printed",
    "ledger.consistency", "ledger.entry", "ledger.entry_proof", "ledger.exceptions",
    "ledger.exceptions_csv", "ledger.exceptions_json", "ledger.sample", "ledger.sample_file",
    "ledger.verifier", "ledger.witnesses", "ledger.witnessed",
    "sensors_api.push", "development_inbox", "blob", "static", "favicon", "robots", "healthz", "readyz",
    "metrics",
}  # fmt: skip


# Nothing to find: a row that does not wait any more leads back to the list, which says so; a code that is
# not under suspicion to the desk of codes; and a reason that is missing is told before the lot is sought.
NOT_AN_OBJECT = {"cases_office.retry", "traceability_office.clear", "traceability_farm.receive"}
ENDS_THE_SESSION = {"identity.log_out", "identity.log_out_everywhere"}
ARGUMENT = {"uuid": lambda: str(new_id()), "int": lambda: "1", "path": lambda: "x", "": lambda: "x"}


def ask(client, rule):
    """Knock at a door with ids of nothing."""
    url = re.sub(r"<(?:(\w+):)?\w+>", lambda found: ARGUMENT[found[1] or ""](), str(rule))
    return client.open(url, method="GET" if "GET" in rule.methods else "POST")


@pytest.fixture
def people(app):
    """One person a role, each in an organisation of his own kind."""
    desk = office()
    roles = itertools.chain(
        [("farmer", farm_household()), ("helper", member("helper_team", "Tổ", ["helper"]))],
        [(role, colleague(cooperative().organisation_id, [role])) for role in ("packer", "seller")],
        [(role, colleague(desk.organisation_id, [role]))
         for role in ("officer", "approving_officer", "auditor", "administrator")],
    )  # fmt: skip
    found = dict(roles)
    farmer = found["farmer"]
    found["farmer"] = colleague(farmer.organisation_id, ["farmer"])
    return found


def test_every_route_has_its_line_or_is_open_on_purpose(app):
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert routes - {*TABLE, *OPEN} == set(), "routes of which nobody said who may open them"
    assert {*TABLE, *OPEN} - routes == set(), "lines of routes that are gone"
    assert TABLE.keys() & OPEN == set()


def test_nobody_is_led_to_the_login_at_every_door_but_the_open_ones(app):
    client, wrong = app.test_client(), []
    for rule in app.url_map.iter_rules():
        answer = ask(client, rule)
        asked_in = answer.status_code == 303 and "/login?next=" in (answer.location or "")
        if asked_in == (rule.endpoint in OPEN):
            wrong.append((rule.endpoint, answer.status_code, answer.location))
    assert wrong == []


def test_each_role_passes_its_own_doors_and_no_other(app, people):
    assert set(people) == EVERYBODY_IN
    wrong = []
    for role, actor in people.items():
        client = logs_in(app.test_client(), actor)
        for rule in app.url_map.iter_rules():
            status = ask(client, rule).status_code
            passes = role in TABLE.get(rule.endpoint, EVERYBODY_IN)
            if passes == (status == 403):
                wrong.append((role, rule.endpoint, status))
            missing = rule.arguments and rule.endpoint in TABLE and rule.endpoint not in NOT_AN_OBJECT
            if passes and missing and status != 404:
                wrong.append((role, rule.endpoint, status, "an object that is not there"))
            if rule.endpoint in ENDS_THE_SESSION:
                client = logs_in(app.test_client(), actor)
    assert wrong == []
