"""What the ledger asks of a time stamp authority, in its own words. `tsa` asks one over HTTP."""

from dataclasses import dataclass
from typing import Protocol

from ledger.core.timestamp import Stamp


class AuthorityDown(Exception):
    """No whole answer came: try later, nothing is lost."""


class AuthorityRefuses(Exception):
    """An answer came, and it is no time stamp of ours: refused, malformed, or somebody else's."""


@dataclass(frozen=True)
class Stamped:
    """A token that was verified, and what it says."""

    token: bytes  # DER
    stamp: Stamp


class Authority(Protocol):
    """One authority and whom its certificate must lead to."""

    @property
    def url(self) -> str:
        """Where it is asked."""

    @property
    def on_this_machine(self) -> bool:
        """Whether it runs here: then it proves nothing to others."""

    def stamp(self, body: bytes) -> Stamped:
        """A verified time stamp over these bytes. Raises AuthorityDown, AuthorityRefuses."""
