"""The log for programs: checkpoint, tiles, key and policy, as C2SP tlog-tiles lays them out."""

from flask import Response, make_response

from app.kernel.uow import unit_of_work
from app.web.pages import Answer, tagged
from ledger import cosigned, queries
from ledger.core import witnessing
from ledger.core.errors import MalformedPath
from ledger.core.tiles import parse_path
from ledger.cosigned import WitnessView

TEXT = "text/plain; charset=utf-8"
_FOR_EVER = "public, max-age=31536000, immutable"


def checkpoint() -> Answer:
    """The newest signed head with its witnesses' lines; 404 before there is one."""
    with unit_of_work(read_only=True) as uow:
        newest = queries.latest_checkpoint(uow)
        note = queries.published_note(uow, newest) if newest else None
    return _not_there() if note is None else tagged(_text(note))


def tile(path: str) -> Answer:
    """A tile or an entry bundle of exactly the width that its path names; immutable once it is there."""
    try:
        address = parse_path(f"tile/{path}")
    except MalformedPath:
        return _not_there()
    with unit_of_work(read_only=True) as uow:
        stored = queries.tile(uow, address)
    if stored is None:
        return _not_there()
    answer = make_response(stored)
    answer.headers["Content-Type"] = "application/octet-stream"
    return tagged(answer, cache=_FOR_EVER)


def key() -> Answer:
    """The log's live public keys as C2SP vkeys, one a line, the active one first; 404 while there is none."""
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
    if log is None or not log.keys.live:
        return _not_there()
    return tagged(_text("".join(f"{each}\n" for each in log.keys.live)))


def policy() -> Answer:
    """A C2SP tlog-policy that trusts the live keys of this log and its witnesses: for `verify --policy`.

    Whoever asks again no longer trusts a key that was revoked.
    """
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
        text = None if log is None else cosigned.policy_text(uow, log.keys.live)
    return _not_there() if text is None else tagged(_text(text))


def witnesses() -> Answer:
    """What each witness of this log cosigned last, one line each: key, size, time, where it runs."""
    with unit_of_work(read_only=True) as uow:
        seen = cosigned.witnesses(uow)
    return tagged(_text("".join(f"{_witness_line(each)}\n" for each in seen)))


def witnessed(log_id: str) -> Answer:
    """The newest checkpoint that a witness cosigned, with its lines; `log_id`: hex SHA-256 of the origin."""
    with unit_of_work(read_only=True) as uow:
        log, size = queries.log(uow), cosigned.newest(uow)
        if log is None or size is None or log_id != witnessing.log_id(log.origin):
            return _not_there()
        seen = queries.checkpoint_of(uow, size)
        note = queries.published_note(uow, seen) if seen else None
    return _not_there() if note is None else tagged(_text(note))


def _witness_line(seen: WitnessView) -> str:
    size, at = seen.size or 0, seen.signed_at
    where = "on-the-log's-machine" if seen.on_this_machine else "independent"
    return f"{seen.vkey} {size} {at:%Y-%m-%dT%H:%M:%SZ} {where}" if at else f"{seen.vkey} 0 never {where}"


def _text(body: str) -> Response:
    answer = make_response(body)
    answer.headers["Content-Type"] = TEXT
    return answer


def _not_there() -> Answer:
    """404 that no cache keeps: the tile may be there a second later."""
    answer = make_response("not found\n", 404)
    answer.headers["Content-Type"] = TEXT
    answer.headers["Cache-Control"] = "no-store"
    return answer
