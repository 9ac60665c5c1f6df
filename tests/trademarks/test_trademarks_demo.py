"""The demonstration: simulated rights in every state, through the same commands, and said to be so."""

from datetime import timedelta

import pytest
from flask import Flask

from app.demo import parts
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.config import Config
from app.kernel.db import new_id
from app.kernel.demo_stage import Stage
from app.kernel.uow import unit_of_work
from trademarks.demo import PARTS, actor_of
from trademarks.register.queries import mark_by_key, record
from trademarks.use_rights.queries import right, right_status
from trademarks.use_rights.quota import draw_quota

ROOMS = ("app.identity:", "app.registry:", "trademarks:")


@pytest.fixture(scope="module")
def played(shared_app: Flask, shared_config: Config) -> Stage:
    stage = Stage(None, shared_config, clock.now(), None, {})  # type: ignore[arg-type]  # each part brings its unit
    for name, play in parts():
        if name.startswith(ROOMS):
            with unit_of_work() as uow:
                stage.uow = uow
                play(stage)
    return stage


def test_every_state_is_there_and_every_right_is_called_simulated(played: Stage) -> None:
    keys = ("h01", "coop_thanh_an", "h02", "h03", "h04")
    with unit_of_work(read_only=True) as uow:
        views = [right(uow, played.uuid(f"right:{key}"), now=played.now) for key in keys]
        status = right_status(
            uow,
            played.uuid("right:h02"),
            on=local_day(played.now),
            packed_on=local_day(played.now - timedelta(days=20)),
            now=played.now,
        )
        known = record(uow, mark_by_key(uow, "mang-cut-huyen-dau-tieng").id)
    assert [view.state.value for view in views] == ["active", "active", "suspended", "revoked", "expired"]
    assert all(view.simulated and view.quota_granted == 2000 for view in views)
    assert status.lawful_before
    assert all(regulation.simulated for regulation in known.regulations)
    assert {party.role: party.simulated for party in known.parties} == {"owner": False, "granting_body": True}
    assert len(PARTS) == 3


def test_labels_may_be_drawn_for_a_day_before_the_revocation(played: Stage) -> None:
    with unit_of_work() as uow:
        played.uow = uow
        farmer = actor_of(played, played.uuid("person:h03"), played.uuid("org:h03"), frozenset({"packer"}))
        left = draw_quota(
            uow,
            played.uuid("right:h03"),
            50,
            sheet_id=new_id(),
            actor=farmer,
            now=played.now - timedelta(days=60),
        )
    assert left == 1950
