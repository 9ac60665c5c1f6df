"""Why the log would rather stand still than sign: each with a sentence that an operator can act on.

LogRefuses
├─ WrongOrigin, KeyMissing, WrongKey      the configuration belongs to another log
├─ RestoredBackup, ChainAhead             something signed earlier is newer than the database
├─ Forked, CopyUnreadable, TreeDamaged    what was signed is not what stands here
└─ ForeignCopy, CopyUnreachable           the published copy is another log's, or cannot be asked
"""

from http import HTTPStatus
from typing import ClassVar

from app.kernel.problems import Unavailable


class LogRefuses(Unavailable):
    """Signing would break a promise that the log gave; entries wait, and somebody must look."""

    type, status = "ledger-refuses", HTTPStatus.SERVICE_UNAVAILABLE
    told: ClassVar[str] = "the log refuses to go on"

    def __str__(self) -> str:
        return self.told % self.values


class WrongOrigin(LogRefuses):
    """Another origin than that of the log that stands."""

    type = "ledger-wrong-origin"
    told = (
        "LEDGER_ORIGIN is %(given)s, but this log was created as %(stored)s; an origin never changes: "
        "unset LEDGER_ORIGIN, or use the DATA_DIR and database of that log"
    )


class KeyMissing(LogRefuses):
    """The log stands, its signing key does not."""

    type = "ledger-key-missing"
    told = (
        "the signing key %(path)s of log %(origin)s is missing or unreadable; bring it back from its backup"
    )


class WrongKey(LogRefuses):
    """The signing key is of another log."""

    type = "ledger-wrong-key"
    told = (
        "the signing key %(path)s is not the key of log %(origin)s; bring the right one back from its backup"
    )


class RestoredBackup(LogRefuses):
    """A checkpoint was signed that is newer than the database."""

    type = "ledger-restored-backup"
    told = (
        "a checkpoint of %(signed)s entries was signed, but the database has only %(size)s: it was restored "
        "from an old backup; restore a newer one, since signing now would fork the log"
    )


class Forked(LogRefuses):
    """The database has another root for a size that was signed."""

    type = "ledger-forked"
    told = (
        "the signed checkpoint of %(size)s entries has another root than the database: entries or tiles were "
        "changed, or another log was restored; run `flask ledger fsck`"
    )


class CopyUnreadable(LogRefuses):
    """The copy of the last checkpoint outside the database is no checkpoint of this log."""

    type = "ledger-copy-unreadable"
    told = "%(path)s is no checkpoint signed by this log (%(reason)s); bring it back from its backup"


class ChainAhead(LogRefuses):
    """The contract knows a longer log than the database."""

    type = "ledger-chain-ahead"
    told = (
        "the anchor contract holds a head of %(anchored)s entries, the signed log has only %(size)s: "
        "the database was restored from an old backup"
    )


class TreeDamaged(LogRefuses):
    """A stored entry or tile does not lead to the signed root, so it is not published."""

    type = "ledger-tree-damaged"
    told = "%(file)s is not published: entry %(index)s, or its tile, was changed; run `flask ledger fsck`"

    def __init__(self, *, file: str, index: int) -> None:
        super().__init__(file=file, index=index)
        self.index = index


class ForeignCopy(LogRefuses):
    """The published copy belongs to somebody else."""

    type = "ledger-foreign-copy"
    told = (
        "the published checkpoint (origin %(found)s) is not signed by the key of log %(origin)s: another log "
        "is published to the same place, or the key is wrong; give this log a bucket or folder of its own"
    )


class CopyUnreachable(LogRefuses):
    """The published copy cannot be read, and this process has not compared itself with it yet."""

    type = "ledger-copy-unreachable"
    told = "the published checkpoint cannot be read (%(reason)s); it is tried again"
