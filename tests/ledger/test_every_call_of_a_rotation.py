"""A rotation and a revocation, each statement and file call cut once: no half of them is ever seen.

Whatever was cut, the newest checkpoint carries whole lines of live keys alone, and the next clean run ends
with a line of every live key, in the log and in the published copy.
"""

import pytest
from flask import Flask

from app.kernel.config import Config
from app.kernel.storage import Storage
from app.kernel.uow import unit_of_work
from ledger import audit, ceremony, publication, queries, sequencer
from ledger.core.note import SigningKey, VerifierKey, lines_of, open_note
from ledger.keys import Cause, fingerprint, log_keys
from ledger.log_folder import LogFolder
from tests.scene.keys import LAN, MINH, keys_of_the_log
from tests.scene.ledger import NOW, hands_in, sealed
from tests.support.cutting import Cut, run_cut

FEWEST = 40  # fewer would mean that the work is no longer counted


def _proposed(config: Config) -> VerifierKey:
    key = SigningKey.generate("demo.coi.invalid/ledger")
    LogFolder(config.data_dir).keep_key(key)
    with unit_of_work() as uow:
        ceremony.propose(uow, key.verifier, by=LAN, account="t", now=NOW)
    return key.verifier


def _confirm(key: VerifierKey) -> None:
    with unit_of_work() as uow:
        if key not in log_keys(uow).known:
            ceremony.confirm(uow, fingerprint(key), by=MINH, account="t", now=NOW)


def _revoke(key: VerifierKey) -> None:
    with unit_of_work() as uow:
        if key in log_keys(uow).live:
            ceremony.revoke(uow, key, by=LAN, account="t", cause=Cause.LOST, note="", stop_log=False, now=NOW)


def _shown() -> list[VerifierKey]:
    """Whose lines the newest checkpoint carries; all of them hold."""
    with unit_of_work(read_only=True) as uow:
        newest, keys = queries.latest_checkpoint(uow), log_keys(uow)
        note = queries.signed_note(uow, newest) if newest else None
    if note is None:
        return []
    shown = list(open_note(note.encode(), keys.known).verified)
    assert set(shown) <= set(keys.live)
    return shown


@pytest.mark.faults
@pytest.mark.parametrize(("when", "kills"), [("before", False), ("after", True)])
def test_a_rotation_cut_anywhere_is_finished_by_the_next_run(
    app: Flask, config: Config, when: str, kills: bool
) -> None:
    storage: Storage = app.extensions["coi.storage"]
    count, at, reached = len(sealed(config, 3)), 0, 0
    while True:
        at += 1
        old, new = keys_of_the_log().live[0], _proposed(config)
        hands_in(1, first=count)
        count += 1

        def work(old: VerifierKey = old, new: VerifierKey = new) -> None:
            _confirm(new)
            sequencer.run(config, NOW)
            _revoke(old)
            sequencer.run(config, NOW)

        hit = run_cut(work, Cut(at, when, kills))
        reached += hit
        _shown()
        work()
        assert _shown() == [new] == list(keys_of_the_log().live)
        if not hit and at > FEWEST:
            break
    assert reached >= FEWEST
    publication.publish(config, storage, NOW)
    assert list(lines_of(storage.read("ledger/checkpoint"), [new, old])) == [new]
    with unit_of_work(read_only=True) as uow:
        assert audit.recompute(uow, config).findings == []
