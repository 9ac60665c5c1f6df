"""Whom a verifier trusts: logs, witnesses, and how many of these must have cosigned.

Source: https://c2sp.org/tlog-policy
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from ledger.core.encoding import decode_decimal
from ledger.core.errors import Malformed, MalformedPolicy
from ledger.core.note import ED25519, VerifierKey, parse_vkey

NO_QUORUM: Final = "none"

_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_BLANKS: Final = re.compile(r"[ \t]+")
# Compiled when they are asked for: a verifier who trusts a key alone needs neither.
_HOST: Final = r"(?i:https?)://([a-zA-Z0-9.-]+|\[[0-9a-fA-F:.]+\])(?=[:/?#]|$)"
_LOOPBACK: Final = r"(.+\.)?localhost|127(\.[0-9]+){3}|\[::1\]"


@dataclass(frozen=True)
class Group:
    """Witnesses or groups of whom at least `threshold` must have seen a checkpoint."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Accepted logs, named witnesses and groups, and the quorum (a name, or "none")."""

    logs: tuple[VerifierKey, ...]
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = NO_QUORUM
    urls: dict[str, str] = field(default_factory=dict)  # by witness; where its line names one

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """Every key of the policy."""
        return (*self.logs, *self.witnesses.values())

    def satisfied_by(self, names: Collection[str]) -> bool:
        """Whether cosignatures of the witnesses named so in the policy make the quorum."""
        return self.quorum == NO_QUORUM or self._saw(self.quorum, names)

    def is_beside_the_log(self, name: str) -> bool:
        """Whether a witness runs on a log's own machine, as far as its address in the policy tells: that is
        loopback, or the host in the log's name. Such a witness says whatever the log's operator wants."""
        found = re.match(_HOST, self.urls.get(name, ""))
        if found is None:
            return False
        host = found[1].lower()
        return bool(re.fullmatch(_LOOPBACK, host)) or host in {_host_of(key.name) for key in self.logs}

    def _saw(self, name: str, names: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in names
        return sum(self._saw(member, names) for member in group.members) >= group.threshold


def _host_of(origin: str) -> str:
    return re.split("[/:]", origin, maxsplit=1)[0].lower()


def parse_policy(data: bytes) -> Policy:
    """Read a policy file; raises MalformedPolicy with the number of the line.

    Exactly one `quorum` line is required (`quorum none` asks for no witness); names are used only after
    they were defined, and each is a member at most once. Several `log` lines may share a name: the keys of
    a log that changes its key. No key is a log's and a witness's at once, whatever its type byte says.
    """
    if data and not data.endswith(b"\n"):
        raise MalformedPolicy("the last line is not ended by a line feed")
    if b"\r\n" in data:
        raise MalformedPolicy(
            "lines end in CR LF, as an editor on Windows writes them: save it with LF alone"
        )
    if _FORBIDDEN.search(data):
        raise MalformedPolicy("a control character that is neither tab nor line feed")
    reader = _Reader()
    for number, raw in enumerate(data.split(b"\n"), start=1):
        # Names are opaque octets to the format: surrogateescape keeps octets that are no UTF-8 apart.
        words = _BLANKS.split(raw.decode("utf-8", "surrogateescape").strip(" \t"))
        if words[0] and not words[0].startswith("#"):
            try:
                reader.take(words)
            except Malformed as exc:
                raise MalformedPolicy(f"line {number}: {exc}") from exc
    return reader.policy()


class _Reader:
    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, VerifierKey] = {}
        self.urls: dict[str, str] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self.used: set[str] = set()

    def take(self, words: list[str]) -> None:
        keywords: dict[str, tuple[Callable[[list[str]], None], int, int]] = {
            "log": (self._log, 1, 2),
            "witness": (self._witness, 2, 3),
            "group": (self._group, 3, 1000),
            "quorum": (self._quorum, 1, 1),
        }
        if words[0] not in keywords:
            raise MalformedPolicy("a line begins with log, witness, group or quorum")
        read, least, most = keywords[words[0]]
        if not least <= len(words) - 1 <= most:
            raise MalformedPolicy(f"too few or too many words after {words[0]}")
        read(words[1:])

    def policy(self) -> Policy:
        if self.quorum is None:
            raise MalformedPolicy("no quorum line (write `quorum none` to ask for no witness)")
        return Policy(
            logs=tuple(self.logs),
            witnesses=self.witnesses,
            groups=self.groups,
            quorum=self.quorum,
            urls=self.urls,
        )

    def _log(self, words: list[str]) -> None:
        key = parse_vkey(words[0])
        if key.algorithm != ED25519:
            raise MalformedPolicy("a witness's key, where a log's (type 0x01) is wanted")
        self._refuse_twice(key, self.logs)
        self._refuse_both_roles(key, self.witnesses.values())
        self.logs.append(key)

    def _witness(self, words: list[str]) -> None:
        self._refuse_taken(words[0])
        key = parse_vkey(words[1])
        self._refuse_twice(key, self.witnesses.values())
        self._refuse_both_roles(key, self.logs)
        self.witnesses[words[0]] = key
        if len(words) == 3:
            self.urls[words[0]] = words[2]

    def _group(self, words: list[str]) -> None:
        name, threshold, members = words[0], words[1], words[2:]
        self._refuse_taken(name)
        for member in members:
            self._refuse_undefined(member)
            if member in self.used:
                raise MalformedPolicy(f"{member!r} is a member twice")
            self.used.add(member)
        wanted = {"any": 1, "all": len(members)}.get(threshold)
        wanted = decode_decimal(threshold) if wanted is None else wanted
        if not 1 <= wanted <= len(members):
            raise MalformedPolicy("a threshold lies between 1 and the number of members")
        self.groups[name] = Group(wanted, tuple(members))

    def _quorum(self, words: list[str]) -> None:
        if self.quorum is not None:
            raise MalformedPolicy("a second quorum line")
        if words[0] != NO_QUORUM:
            self._refuse_undefined(words[0])
        self.quorum = words[0]

    def _refuse_taken(self, name: str) -> None:
        if name == NO_QUORUM or name in self.witnesses or name in self.groups:
            raise MalformedPolicy(f"the name {name!r} is taken")

    def _refuse_undefined(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise MalformedPolicy(f"{name!r} is not defined on a line before")

    @staticmethod
    def _refuse_twice(key: VerifierKey, keys: Collection[VerifierKey]) -> None:
        if any(key.public == other.public for other in keys):
            raise MalformedPolicy("one public key twice")

    @staticmethod
    def _refuse_both_roles(key: VerifierKey, keys: Collection[VerifierKey]) -> None:
        # A cosignature does not bind the name: whoever holds the log's key would be its own witness.
        if any(key.public == other.public for other in keys):
            raise MalformedPolicy("the key of a log is the key of a witness as well")
