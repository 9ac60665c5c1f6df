"""A log from before keys had a history goes on with the key that it was created with."""

from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade

from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import queries, sequencer
from ledger.keys import KeyState
from tests.scene.keys import Operators
from tests.scene.ledger import NOW, sealed


def test_the_key_of_a_log_that_stands_becomes_its_first_active_one(app: Flask, config: Config) -> None:
    sealed(config, 3)
    before = ScriptDirectory(app.config["MIGRATIONS"]).get_revision("0011").down_revision
    downgrade(revision=str(before))
    upgrade()
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
    assert log is not None
    (view,) = log.keys.views
    assert (view.state, view.valid_from) == (KeyState.ACTIVE, NOW)
    assert sequencer.run(config, NOW) == sequencer.Progress(0, None)
    Operators(app).rotate()
