"""How a key of the log comes and goes: one person proposes, another one confirms; one alone may revoke.

Revoking is an emergency stop: it makes readers trust less and never more, so nobody waits for a second
person. Everything else needs two. Who sits at a terminal is not known here: the names are those that were
typed, and the account of the terminal stands beside them.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from app.kernel.db import new_id
from app.kernel.text import nfc
from app.kernel.uow import UnitOfWork
from ledger import cosigned
from ledger.core.errors import LedgerError
from ledger.core.note import ED25519, Signer, VerifierKey, open_note, parse_vkey
from ledger.keys import CONFIRMED_WITHIN, Cause, KeyState, Proposal, is_fingerprint, locked_head, log_keys
from ledger.models import Cosignature, KeyEventKind, LogKeyEvent
from ledger.published_copy import PUBLISH
from ledger.signer_command import CEREMONY

LONGEST_NAME: Final = 120


class CeremonyRefused(Exception):
    """A step that may not be taken, in a sentence for the operator."""


def propose(uow: UnitOfWork, key: VerifierKey, *, by: str, account: str, now: datetime) -> Proposal:
    """Put a new key of the log to a second person; a repeat begins the 24 hours anew.

    Raises CeremonyRefused: not a key for this log, a witness's, or one that it already had.
    """
    origin, keys, name = locked_head(uow).origin, log_keys(uow), person(by)
    if key.algorithm != ED25519:
        raise CeremonyRefused("this is no log's key (type 0x01)")
    if key.name != origin:
        raise CeremonyRefused(f"a key of this log is named {origin}, and this one {key.name}")
    if key in keys.known:
        raise CeremonyRefused("the log has or had this key already; one that ended never comes back")
    if any(key.id == other.id for other in keys.known):
        raise CeremonyRefused("this key has the key id of another key of the log; make a new one")
    _refuse_witness(uow, key)
    _record(uow, key, KeyEventKind.PROPOSED, by=name, account=account, now=now)
    return Proposal(key, False, name, now, "")


def propose_retirement(
    uow: UnitOfWork, key: VerifierKey, *, by: str, account: str, note: str, now: datetime
) -> Proposal:
    """Put the end of an old key to a second person. Raises CeremonyRefused unless a newer one is active."""
    locked_head(uow)
    view, name = log_keys(uow).view(key), person(by)
    if view is None or view.state is not KeyState.RETIRING:
        told = "the log has no such key" if view is None else f"this key is {view.state}"
        raise CeremonyRefused(f"{told}; only a key that a newer one has taken over from can be retired")
    _record(uow, key, KeyEventKind.RETIREMENT_PROPOSED, by=name, account=account, now=now, note=note)
    return Proposal(key, True, name, now, note)


def proposal_of(uow: UnitOfWork, typed: str, now: datetime) -> Proposal:
    """What waits under the fingerprint that somebody typed. Raises CeremonyRefused."""
    waiting = [each for each in log_keys(uow).proposals if is_fingerprint(typed, each.verifier)]
    if not waiting:
        raise CeremonyRefused("no proposal has this fingerprint; nothing was changed")
    if not waiting[0].open_at(now):
        hours = int(CONFIRMED_WITHIN.total_seconds()) // 3600
        raise CeremonyRefused(f"it was proposed more than {hours} hours ago; propose it again")
    return waiting[0]


def prove_possession(key: VerifierKey, signer: Signer | None) -> None:
    """Raise CeremonyRefused unless the signer signs with this key: one that nobody holds would stop the log.

    The text that is signed can never be taken for a checkpoint. Raises LogRefuses.
    """
    if signer is None:
        where = "LEDGER_KEY, DATA_DIR/ledger and LEDGER_SIGNER"
        raise CeremonyRefused(f"nobody here can sign with this key: it is in none of {where}")
    try:
        open_note(f"{CEREMONY}\n{signer.sign(CEREMONY)}".encode(), [key])
    except LedgerError as fault:
        raise CeremonyRefused(f"whoever has this key does not sign with it: {fault}") from fault


def confirm(uow: UnitOfWork, typed: str, *, by: str, account: str, now: datetime) -> Proposal:
    """Do what another person proposed: from now on the key signs, or signs no more.

    Raises CeremonyRefused: a wrong fingerprint, too late, or the one who proposed it.
    """
    locked_head(uow)
    waiting, name = proposal_of(uow, typed, now), person(by)
    if name.casefold() == waiting.proposed_by.casefold():
        raise CeremonyRefused(f"{waiting.proposed_by} proposed it; another person confirms")
    if waiting.retires:
        view = log_keys(uow).view(waiting.verifier)
        if view is None or view.state is not KeyState.RETIRING:
            raise CeremonyRefused("this key is the active one now; a newer one comes first")
    else:
        _refuse_witness(uow, waiting.verifier)
    kind = KeyEventKind.RETIRED if waiting.retires else KeyEventKind.CONFIRMED
    _record(
        uow,
        waiting.verifier,
        kind,
        by=name,
        account=account,
        now=now,
        first=waiting.proposed_by,
        note=waiting.note,
    )
    return waiting


def revoke(
    uow: UnitOfWork,
    key: VerifierKey,
    *,
    by: str,
    account: str,
    cause: Cause,
    note: str,
    stop_log: bool,
    now: datetime,
) -> None:
    """End a key at once and for ever. A repeat is refused.

    The last live key goes with `stop_log` alone: the log then signs nothing until a new one is confirmed.
    Raises CeremonyRefused.
    """
    locked_head(uow)
    keys, name = log_keys(uow), person(by)
    view = keys.view(key)
    if view is None or view.state is KeyState.REVOKED:
        raise CeremonyRefused("the log has no such key" if view is None else "this key is revoked already")
    if keys.live == (key,) and not stop_log:
        raise CeremonyRefused(
            "this is the only key that signs: propose and confirm a new one first, or say --stop-log, and the"
            " log stands still until that is done"
        )
    _record(uow, key, KeyEventKind.REVOKED, by=name, account=account, now=now, cause=cause, note=note)


def person(typed: str) -> str:
    """A name as it is kept. Raises CeremonyRefused."""
    name = " ".join(nfc(typed).split())
    if not 2 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise CeremonyRefused(f"a person's name has 2 to {LONGEST_NAME} signs")
    return name


def _record(
    uow: UnitOfWork,
    key: VerifierKey,
    kind: KeyEventKind,
    *,
    by: str,
    account: str,
    now: datetime,
    first: str = "",
    cause: str = "",
    note: str = "",
) -> None:
    step = LogKeyEvent(id=new_id(), vkey=str(key), kind=kind, at=now, done_by=by, account=account[:200])
    step.proposed_by, step.cause, step.note = first, cause, nfc(note).strip()
    uow.add(step)
    if kind not in (KeyEventKind.PROPOSED, KeyEventKind.RETIREMENT_PROPOSED):
        uow.emit(PUBLISH, key=str(step.id), payload={}, now=now)  # the published checkpoint changes its lines


def _refuse_witness(uow: UnitOfWork, key: VerifierKey) -> None:
    """Raise CeremonyRefused when a configured witness, or one that ever cosigned, has this key."""
    cosigners = map(parse_vkey, uow.session.scalars(select(Cosignature.vkey).distinct()))
    if any(key.public == other.public for other in (*cosigned.policy(uow).witnesses.values(), *cosigners)):
        raise CeremonyRefused("this is the key of a witness: a log never has it")
