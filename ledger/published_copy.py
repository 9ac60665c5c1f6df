"""What lies in the published copy: where each file is, and what its checkpoint says.

The copy has the layout of C2SP tlog-tiles below `ledger/` in the store, so a CDN or a web server can serve
it as it is. Its checkpoint is a memory of what was signed that outlives database and DATA_DIR alike: it is
compared before anything is signed or published.
"""

import logging
from typing import Final

from app.kernel.storage import NotStored, Storage, StorageUnavailable
from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.errors import LedgerError, NotSignedByKnownKey
from ledger.core.note import VerifierKey, note_text, open_note
from ledger.core.tiles import TileAddress
from ledger.refusals import CopyUnreachable, ForeignCopy

log = logging.getLogger(__name__)

PUBLISH: Final = "ledger.publish"  # the outbox kind that wakes the publisher
PREFIX: Final = "ledger/"
CHECKPOINT: Final = PREFIX + "checkpoint"


def key_of(address: TileAddress) -> str:
    """Where a tile or an entry bundle lies in the store."""
    return f"{PREFIX}{address}"


def note_in(storage: Storage) -> bytes | None:
    """The checkpoint file as it lies there, whatever it says; None when there is none.

    Raises CopyUnreachable.
    """
    try:
        return storage.read(CHECKPOINT)
    except NotStored:
        return None
    except StorageUnavailable as fault:
        raise CopyUnreachable(reason=str(fault)) from fault


def checkpoint_in(note: bytes | None, *keys: VerifierKey) -> Checkpoint | None:
    """The head that the copy holds; None when there is none, or its bytes are spoilt.

    `keys`: all that the log ever had. Raises ForeignCopy when somebody else signed it: another log, or
    another key for this origin.
    """
    if note is None:
        return None
    try:
        return parse_checkpoint(open_note(note, keys).text)
    except NotSignedByKnownKey as fault:
        found = note_text(note).partition("\n")[0]
        raise ForeignCopy(found=found, origin=keys[0].name) from fault
    except LedgerError as fault:
        log.error("the published checkpoint is spoilt: %s", fault)  # noqa: TRY400 - the sentence says all
        return None
