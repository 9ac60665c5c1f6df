"""Bring the newest signed checkpoint to every witness, and believe none of them more than it can prove.

Each pass asks all witnesses that are due at once, outside of any transaction. What a witness last told us
is only where we begin: a 409 names its size, and the proof goes on from there, so that an answer that was
lost on the way, or a witness that came back from a backup, heals by itself. A cosignature is stored when it
verifies under that witness's key over our text, at a sane time. A checkpoint that a witness shows, signed
by our key and not ours, is evidence of a fork, whoever made it.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from app.kernel.uow import unit_of_work
from ledger import cosigned, queries, stored_tiles
from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.errors import LedgerError, Malformed, NotSignedByKnownKey
from ledger.core.note import note_text, open_note
from ledger.core.tiles import TileTree
from ledger.core.witnessing import AddCheckpoint, log_id, verified_cosignature
from ledger.queries import CheckpointView, LogView
from ledger.witnesses import rows
from ledger.witnesses.client import Answer, Ask, NoAnswer, ask_all
from ledger.witnesses.rows import Asked
from ledger.witnesses.rules import ROUNDS, absurd_time, other_size

log = logging.getLogger(__name__)


def feed(now: datetime) -> datetime | None:
    """Ask every witness that lags and is due; the moment of the next try, None when nobody lags any more.

    Safe to repeat and to run twice at once. Opens its own units of work.
    """
    with unit_of_work(read_only=True) as uow:
        ours, checkpoint = queries.log(uow), queries.latest_checkpoint(uow)
        lagging = rows.lagging(uow, checkpoint) if checkpoint else []
        note = queries.signed_note(uow, checkpoint) if checkpoint else None
    if ours is None or checkpoint is None or note is None:
        return None
    asked = [witness for witness in lagging if witness.next_try_at <= now]
    for left in reversed(range(ROUNDS)):
        answers = ask_all(_requests(asked, checkpoint, note))
        settled = [
            _settle(witness, answer, ours, checkpoint, now, last=left == 0)
            for witness, answer in zip(asked, answers, strict=True)
        ]
        asked = [again for again in settled if again is not None]
    with unit_of_work(read_only=True) as uow:
        return min((witness.next_try_at for witness in rows.lagging(uow, checkpoint)), default=None)


def look(now: datetime) -> None:
    """See what every witness shows to others, and keep what does not fit this log."""
    with unit_of_work(read_only=True) as uow:
        ours, witnesses = queries.log(uow), rows.everyone(uow)
    if ours is not None:
        _look(witnesses, ours, now)


def _requests(asked: Sequence[Asked], checkpoint: CheckpointView, note: str) -> list[Ask]:
    with unit_of_work(read_only=True) as uow:
        tree = TileTree(checkpoint.size, stored_tiles.reader(uow))
        bodies = []
        for witness in asked:
            grown = 0 < witness.old_size < checkpoint.size
            path = tuple(tree.consistency_path(witness.old_size)) if grown else ()
            bodies.append(AddCheckpoint(witness.old_size, path, note.encode()).to_bytes())
    return [
        Ask(f"{witness.url}/add-checkpoint", "POST", body)
        for witness, body in zip(asked, bodies, strict=True)
    ]


def _settle(
    witness: Asked,
    answer: Answer | NoAnswer,
    ours: LogView,
    checkpoint: CheckpointView,
    now: datetime,
    *,
    last: bool,
) -> Asked | None:
    """Store what one witness answered; the witness again when it is to be asked from another size."""
    if isinstance(answer, NoAnswer):
        rows.fail(witness, answer.reason, now)
        return None
    if answer.status == HTTPStatus.OK:
        _take(witness, answer, checkpoint, now)
        return None
    size = (
        other_size(answer.body, asked_from=witness.old_size, size=checkpoint.size)
        if answer.status == HTTPStatus.CONFLICT
        else None
    )
    if size is not None:
        if not last:
            return replace(witness, old_size=size)
        rows.fail(witness, f"names another size each time, now {size}", now, confirmed_size=size)
        return None
    if answer.status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY):
        _judge(witness, answer.body, ours, now)  # some witnesses show what they cosigned before
        _look([witness], ours, now)
    rows.fail(witness, f"answered {answer.status}: {_words(answer.body)}", now)
    return None


def _take(witness: Asked, answer: Answer, checkpoint: CheckpointView, now: datetime) -> None:
    try:
        line = verified_cosignature(note_text(checkpoint.note.encode()), answer.body, witness.key)
    except LedgerError as fault:
        rows.fail(witness, f"its answer is no cosignature of our checkpoint: {fault}", now)
        return
    if absurd := absurd_time(line.signed_at, witness.cosigned_at, now):
        log.error("witness %s: %s", witness.name, absurd)
        rows.fail(witness, absurd, now, confirmed_size=checkpoint.size)
        return
    rows.keep(witness, checkpoint.size, line, now)


def _look(witnesses: Sequence[Asked], ours: LogView, now: datetime) -> None:
    asks = [Ask(f"{witness.url}/{log_id(ours.origin)}/checkpoint", "GET") for witness in witnesses]
    for witness, answer in zip(witnesses, ask_all(asks), strict=True):
        if isinstance(answer, Answer) and answer.status == HTTPStatus.OK:
            _judge(witness, answer.body, ours, now)


def _judge(witness: Asked, shown: bytes, ours: LogView, now: datetime) -> None:
    """Keep a shown checkpoint that our key signed and our log does not hold. Anything else is no evidence."""
    try:
        opened = open_note(shown, ours.keys.known)
        told = parse_checkpoint(opened.text)
    except (Malformed, NotSignedByKnownKey):
        return
    except LedgerError as fault:
        log.warning(
            "witness %s shows a checkpoint whose signature by this log fails: %s", witness.name, fault
        )
        return
    if told.origin == ours.origin and not _holds(told):
        log.critical(
            "witness %s shows another checkpoint of this log, of %d entries", witness.name, told.size
        )
        rows.keep_evidence(witness, told, opened.text, shown, now)


def _holds(told: Checkpoint) -> bool:
    with unit_of_work(read_only=True) as uow:
        return cosigned.holds(uow, told.size, told.root)


def _words(body: bytes) -> str:
    text = body[:200].decode("utf-8", "replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
