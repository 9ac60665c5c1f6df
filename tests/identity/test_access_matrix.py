"""Role × route × an object of somebody else, from the URL map: a route that is not in the table fails.

A room adds its routes to `TABLE` and its prefix to `ROOMS`. Foreign objects are 404, foreign actions 403,
nobody is led to the login page.
"""

import itertools

import pytest
from flask import Flask

from app.kernel.db import new_id
from tests.scene.people import colleague, cooperative, farm_household, logs_in, member, office

ROOMS = ("identity", "registry", "cases")

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
    "identity_farm.bank_account": EVERYBODY_IN,
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
}

# Doors that stand open to everybody.
OPEN = {
    "identity.phone", "identity.send_code", "identity.code", "identity.check_code", "identity.name",
    "identity.create_account", "identity.log_out", "identity.photo",
    "identity_office.login", "identity_office.check",
}  # fmt: skip


# Nothing to find: a row that does not wait any more leads back to the list, which says so.
NOT_AN_OBJECT = {"cases_office.retry"}


def rules(app: Flask):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0].split("_")[0] in ROOMS]


def ask(client, rule):
    values = dict.fromkeys(rule.arguments, new_id())
    url = str(rule)
    for name, value in values.items():
        url = url.replace(f"<uuid:{name}>", str(value))
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


def test_every_route_of_these_rooms_has_its_line(app):
    assert {rule.endpoint for rule in rules(app)} == {*TABLE, *OPEN}


def test_nobody_is_led_to_the_login(app):
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if not str(rule).startswith(("/farm", "/office")) or rule.endpoint in OPEN:
            continue
        if any("<uuid:" not in part for part in str(rule).split("/") if part.startswith("<")):
            continue
        answer = ask(client, rule)
        assert (answer.status_code, "/login" in (answer.location or "")) == (303, True), rule.endpoint


def test_each_role_passes_its_own_doors_and_no_other(app, people):
    wrong = []
    for (role, actor), rule in itertools.product(people.items(), rules(app)):
        if rule.endpoint in OPEN:
            continue
        client = logs_in(app.test_client(), actor)
        status = ask(client, rule).status_code
        passes = role in TABLE[rule.endpoint]
        if passes == (status == 403):
            wrong.append((role, rule.endpoint, status))
        missing = rule.arguments and rule.endpoint not in NOT_AN_OBJECT
        if passes and missing and status != 404:
            wrong.append((role, rule.endpoint, status, "an object that is not there"))
    assert wrong == []
