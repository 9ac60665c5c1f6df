"""Who the witnesses are: one file in C2SP tlog-policy format, taken over into the database when it changes.

The file has `witness NAME VKEY URL`, `group` and `quorum` lines; the log's own line is put in front by us.
A file that cannot be used changes nothing: the last good one stays in force, and the fault is told.
"""

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, select

from app.kernel.config import Config
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import cosigned, queries
from ledger.core.errors import MalformedPolicy
from ledger.core.note import COSIGNATURE, VerifierKey
from ledger.core.policy import Policy, parse_policy
from ledger.log_folder import LogFolder
from ledger.models import WitnessPolicy, WitnessState

LARGEST_FILE = 100_000  # bytes
_LONGEST_NAME, _LONGEST_URL = 200, 500


class BadWitnesses(Exception):
    """The policy file cannot be used, in a sentence for the operator."""


@dataclass(frozen=True)
class Listed:
    """A witness as the file names it; `url` is its submission and monitoring prefix."""

    name: str
    key: VerifierKey
    url: str
    on_this_machine: bool


def refresh(config: Config, now: datetime) -> None:
    """Take over what the policy file says today; a repeat is nothing. Opens its own units of work."""
    with unit_of_work(read_only=True) as uow:
        log, row = queries.log(uow), uow.session.get(WitnessPolicy, 1)
    if log is None:
        return
    told = (row.lines, row.error) if row else (cosigned.NO_WITNESS, None)
    try:
        lines, listed = read(config, log.keys.known)
    except BadWitnesses as fault:
        if (told[0], str(fault)) != told:
            with unit_of_work() as uow:
                uow.session.merge(WitnessPolicy(id=1, lines=told[0], error=str(fault)))
        return
    if (lines, None) == told:
        return
    with unit_of_work() as uow:
        uow.session.merge(WitnessPolicy(id=1, lines=lines, error=None))
        _keep(uow, listed, now)
    LogFolder(config.data_dir).write_policy(cosigned.log_lines(log.keys.live) + lines)


def read(config: Config, log_keys: Sequence[VerifierKey]) -> tuple[str, Sequence[Listed]]:
    """The policy's lines without comments, and its witnesses; nobody when there is no file.

    Raises BadWitnesses.
    """
    path = config.witnesses_path
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return cosigned.NO_WITNESS, ()
    except OSError as fault:
        raise BadWitnesses(f"{path}: {fault.strerror}") from fault
    if len(raw) > LARGEST_FILE:
        raise BadWitnesses(f"{path}: above {LARGEST_FILE} bytes")
    try:
        policy, text = parse_policy(raw), raw.decode("utf-8")
        listed = _all_listed(policy, log_keys, config)
    except (MalformedPolicy, UnicodeDecodeError, BadWitnesses) as fault:
        raise BadWitnesses(f"{path}: {fault}") from fault
    kept = (" ".join(re.split(r"[ \t]+", line.strip(" \t"))) for line in text.split("\n"))
    return "".join(f"{line}\n" for line in kept if line and not line.startswith("#")), listed


def _all_listed(policy: Policy, log_keys: Sequence[VerifierKey], config: Config) -> list[Listed]:
    if policy.logs:
        raise BadWitnesses("leave the `log` line out: this log is put in front")
    return [_listed(policy, name, log_keys, config) for name in policy.witnesses]


def _listed(policy: Policy, name: str, log_keys: Sequence[VerifierKey], config: Config) -> Listed:
    key, url = policy.witnesses[name], policy.urls.get(name, "").rstrip("/")
    if key.algorithm != COSIGNATURE:
        raise BadWitnesses(f"the key of witness {name} is not of type 0x04 (cosignature/v1)")
    if any(key.public == log_key.public for log_key in log_keys):
        raise BadWitnesses(f"witness {name} has the log's own key")
    if len(name) > _LONGEST_NAME or len(url) > _LONGEST_URL:
        raise BadWitnesses(f"witness {name[:40]}: a name has at most 200 signs, a URL 500")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as fault:
        raise BadWitnesses(f"witness {name}: {url} is no URL") from fault
    if not host or parts.query or parts.fragment or parts.username is not None or not url.isascii():
        raise BadWitnesses(f"witness {name} needs a plain URL at which it is asked")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise BadWitnesses(f"witness {name}: only https, or http on a loopback address")
    return Listed(name, key, url, is_here(url, config))


def is_here(url: str, config: Config) -> bool:
    """Whether an address is this very machine, as far as its name tells."""
    host = urlsplit(url).hostname or ""
    own = {socket.gethostname().lower(), (urlsplit(config.site_url).hostname or "").lower()}
    return _is_loopback(host) or host in own


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _keep(uow: UnitOfWork, listed: Sequence[Listed], now: datetime) -> None:
    """Make the rows of the witnesses fit the file; what is known of one that stays is kept."""
    uow.session.execute(
        delete(WitnessState).where(WitnessState.vkey.not_in([str(each.key) for each in listed]))
    )
    known = {row.vkey: row for row in uow.session.scalars(select(WitnessState))}
    for each in listed:
        row = known.get(str(each.key))
        if row is None:
            uow.add(
                WitnessState(
                    vkey=str(each.key),
                    name=each.name,
                    url=each.url,
                    on_this_machine=each.on_this_machine,
                    next_try_at=now,
                )
            )
            continue
        if row.url != each.url:
            row.next_try_at, row.failures = now, 0
        row.name, row.url, row.on_this_machine = each.name, each.url, each.on_this_machine
