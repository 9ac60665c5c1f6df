"""Why the log would rather stand still than sign: each with a sentence that an operator can act on.

LogRefuses
├─ WrongConfiguration                     the configuration belongs to another log: nothing starts
│  └─ WrongOrigin, KeyMissing, WrongKey, SignerUnusable
├─ NoLiveKey, SignerAway                  nobody can sign now
├─ RestoredBackup, ChainAhead             something signed earlier is newer than the database
├─ Forked, CopyUnreadable, TreeDamaged, CheckpointDamaged    what was signed is not what stands here
├─ WaitingChanged                         what waits is not what was handed in
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


class WrongConfiguration(LogRefuses):
    """What is configured is of another log, or of none; web and worker do not start with it."""

    type = "ledger-wrong-configuration"


class WrongOrigin(WrongConfiguration):
    """Another origin than that of the log that stands."""

    type = "ledger-wrong-origin"
    told = (
        "LEDGER_ORIGIN is %(given)s, but this log was created as %(stored)s; an origin never changes: "
        "unset LEDGER_ORIGIN, or use the DATA_DIR and database of that log"
    )


class KeyMissing(WrongConfiguration):
    """The log stands, a key that it signs with does not."""

    type = "ledger-key-missing"
    told = (
        "the signing key %(path)s of log %(origin)s is missing or unreadable; bring it back from its backup"
    )


class WrongKey(WrongConfiguration):
    """The signing key is of another log."""

    type = "ledger-wrong-key"
    told = (
        "the signing key %(path)s is not the key of log %(origin)s; bring the right one back from its backup"
    )


class SignerUnusable(WrongConfiguration):
    """The program that LEDGER_SIGNER names cannot be run, or is none for this log."""

    type = "ledger-signer-unusable"
    told = "LEDGER_SIGNER %(command)s cannot be used: %(reason)s"


class SignerAway(LogRefuses):
    """The program that signs does not answer, or not with a signature; entries wait."""

    type = "ledger-signer-away"
    told = "LEDGER_SIGNER %(command)s did not sign with key %(key)s: %(reason)s; it is asked again"


class NoLiveKey(LogRefuses):
    """Every key was revoked; the log stands still until two people bring a new one in."""

    type = "ledger-no-live-key"
    told = (
        "every key of log %(origin)s is revoked or retired; bring a new one in: `flask ledger keys propose`, "
        "then a second person `flask ledger keys confirm`"
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


class CheckpointDamaged(LogRefuses):
    """The stored note of a checkpoint is not what the log signed, so nobody is given it."""

    type = "ledger-checkpoint-damaged"
    told = (
        "the stored checkpoint of %(size)s entries is not published: %(reason)s; its row was changed: run "
        "`flask ledger fsck` and bring the row back from a backup"
    )


class WaitingChanged(LogRefuses):
    """An entry was changed in the database while it waited for its index: sealing it would be a lie."""

    type = "ledger-waiting-changed"
    told = (
        "the waiting entry %(key)s is not the one that was handed in: its row in `submission` was changed; "
        "bring it back from a backup"
    )


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
