"""`flask ledger keys list|propose|confirm|retire|revoke`: the keys of the log, by two people."""

import getpass
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import ceremony, cosigned, queries, sequencer, signers
from ledger.ceremony import CeremonyRefused
from ledger.core.errors import MalformedKey
from ledger.core.note import SigningKey, VerifierKey, parse_vkey
from ledger.keys import CONFIRMED_WITHIN, Cause, KeyView, Proposal, fingerprint, spoken
from ledger.log_folder import LogFolder
from ledger.queries import LogView
from ledger.refusals import LogRefuses

keys = AppGroup("keys", help="The keys that sign for the log: rotation by two people, revocation.")

_by = click.option("--by", required=True, metavar="NAME", help="Who you are: your full name, it is kept.")
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
_note = click.option("--note", default="", metavar="TEXT", help="Why, in a sentence that readers may see.")


@keys.command("list")
def list_keys() -> None:
    """Show every key of the log, and what waits for a second person."""
    log = _log()
    for view in log.keys.views:
        click.echo("\n".join(told(view)))
    for waiting in log.keys.proposals:
        if waiting.open_at(clock.now()):
            until = waiting.at + CONFIRMED_WITHIN
            what = "its retirement is proposed" if waiting.retires else "proposed"
            click.echo(
                f"{waiting.verifier.id.hex()}  {what} by {waiting.proposed_by}, until {until:%F %R} UTC"
            )
            click.echo(f"          {waiting.verifier}")


@keys.command("propose")
@_by
@click.option("--vkey", metavar="VKEY", help="A key that was made elsewhere; without it one is made here.")
@_dry_run
def propose(by: str, vkey: str | None, dry_run: bool) -> None:
    """Propose a new key; a second person confirms it within 24 hours by its fingerprint."""
    log, folder = _log(), LogFolder(_config().data_dir)
    made = None if vkey else SigningKey.generate(log.origin)
    key = made.verifier if made else _parsed(vkey or "")
    now = clock.now()
    try:
        with _step(dry_run) as uow:
            waiting = ceremony.propose(uow, key, by=by, account=_account(), now=now)
            if made and not dry_run:
                click.echo(f"the signing key is in {folder.keep_key(made)}: copy it to a safe")
    except CeremonyRefused as refused:
        _refuse(refused)
    _show(waiting, now, dry_run=dry_run)


@keys.command("confirm")
@_by
@click.option("--fingerprint", "typed", metavar="TEXT", help="Digits or words; without it the terminal asks.")
@_dry_run
def confirm(by: str, typed: str | None, dry_run: bool) -> None:
    """Confirm what somebody else proposed, by the fingerprint that he or she tells you."""
    typed = typed or str(click.prompt("Fingerprint, as the other person reads it to you"))
    config, now = _config(), clock.now()
    try:
        with unit_of_work(read_only=True) as uow:
            waiting = ceremony.proposal_of(uow, typed, now)
        if not waiting.retires:
            ceremony.prove_possession(waiting.verifier, signers.find(config, waiting.verifier))
        with _step(dry_run) as uow:
            ceremony.confirm(uow, typed, by=by, account=_account(), now=now)
    except (CeremonyRefused, LogRefuses) as refused:
        _refuse(refused)
    does = "signs no more" if waiting.retires else "signs every checkpoint from now on"
    click.echo(f"{_would(dry_run)}key {waiting.verifier.id.hex()} {does}; {waiting.proposed_by} and {by}")
    if not dry_run:
        _take_effect(config, now)


@keys.command("retire")
@click.argument("key_id", metavar="KEY")
@_by
@_note
@_dry_run
def retire(key_id: str, by: str, note: str, dry_run: bool) -> None:
    """Propose that an old key (its id, or the vkey) signs no more; a second person confirms."""
    key, now = _found(key_id), clock.now()
    try:
        with _step(dry_run) as uow:
            waiting = ceremony.propose_retirement(uow, key, by=by, account=_account(), note=note, now=now)
    except CeremonyRefused as refused:
        _refuse(refused)
    _show(waiting, now, dry_run=dry_run)


@keys.command("revoke")
@click.argument("key_id", metavar="KEY")
@_by
@click.option("--cause", type=click.Choice([str(cause) for cause in Cause]), required=True)
@_note
@click.option("--stop-log", is_flag=True, help="Also when no other key signs: the log then stands still.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_dry_run
def revoke(key_id: str, by: str, cause: str, note: str, stop_log: bool, yes: bool, dry_run: bool) -> None:
    """End a key (its id, or the vkey) at once and for ever: one person may, and nobody takes it back."""
    key, now, config = _found(key_id), clock.now(), _config()
    if not (yes or dry_run):
        click.confirm(f"Revoke key {key.id.hex()}? This cannot be undone.", abort=True)
    try:
        with _step(dry_run) as uow:
            ceremony.revoke(
                uow, key, by=by, account=_account(), cause=Cause(cause), note=note, stop_log=stop_log, now=now
            )
    except CeremonyRefused as refused:
        _refuse(refused)
    click.echo(f"{_would(dry_run)}key {key.id.hex()} is revoked: {cause}")
    if not dry_run:
        _take_effect(config, now)


def told(view: KeyView) -> list[str]:
    """A key in lines for a terminal: what it is, since when, by whom, and why it ended."""
    lines = [f"{view.verifier.id.hex()}  {view.state}, since {view.valid_from:%F %R} UTC"]
    if view.confirmed_by:
        lines.append(f"proposed by {view.proposed_by}, confirmed by {view.confirmed_by}")
    if view.valid_to:
        why = ": ".join(filter(None, (view.cause, view.note)))
        lines.append(f"ended {view.valid_to:%F %R} UTC by {view.ended_by}{f' ({why})' if why else ''}")
    lines += [str(view.verifier), f"fingerprint {fingerprint(view.verifier)}"]
    return [lines[0], *(f"          {line}" for line in lines[1:])]


class _NotReally(Exception):
    """Ends the unit of a dry run, which then leaves nothing behind."""


@contextmanager
def _step(dry_run: bool) -> Iterator[UnitOfWork]:
    """A unit of work that a dry run rolls back: every check is made, the database's own too."""
    with suppress(_NotReally), unit_of_work() as uow:
        yield uow
        if dry_run:
            raise _NotReally


def _show(waiting: Proposal, now: datetime, *, dry_run: bool) -> None:
    key = waiting.verifier
    click.echo(f"{_would(dry_run)}{'retire' if waiting.retires else 'bring in'} {key}")
    click.echo(f"fingerprint  {fingerprint(key)}")
    click.echo(f"as words     {spoken(key)}")
    if not dry_run:
        click.echo(
            "Read it to the second person, who runs `flask ledger keys confirm` before"
            f" {now + CONFIRMED_WITHIN:%F %R} UTC. Nothing has changed yet."
        )


def _take_effect(config: Config, now: datetime) -> None:
    """Sign what readers are given with the keys of now; says what is in the way."""
    with unit_of_work(read_only=True) as uow:
        live = queries.log(uow)
        policy = cosigned.policy_text(uow, live.keys.live if live else ())
    LogFolder(config.data_dir).write_policy(policy)
    try:
        sequencer.run(config, now)
    except LogRefuses as refused:
        click.echo(f"the step is done; but {refused}", err=True)
        sys.exit(1)
    click.echo("the newest checkpoint carries the lines of the keys of now; /ledger/policy lists them")


def _found(text: str) -> VerifierKey:
    """A key of the log by its id or its vkey."""
    found = [key for key in _log().keys.known if text in (key.id.hex(), str(key))]
    if not found:
        _refuse(f"the log has no key {text}; `flask ledger keys list` shows them")
    return found[0]


def _parsed(vkey: str) -> VerifierKey:
    try:
        return parse_vkey(vkey)
    except MalformedKey as fault:
        _refuse(f"not a key: {fault}")


def _log() -> LogView:
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
    if log is None:
        _refuse("there is no log yet: `flask ledger create`")
    return log


def _account() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _would(dry_run: bool) -> str:
    return "would: " if dry_run else ""


def _refuse(told_why: object) -> NoReturn:
    click.echo(f"refused: {told_why}", err=True)
    sys.exit(1)


def _config() -> Config:
    config: Config = current_app.extensions["coi.config"]
    return config
