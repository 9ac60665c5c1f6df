"""What the log may sign and where its published copy stands, decided from values alone.

The worker asks these functions with what it read; so does the model (`bench.ledger_model`), which kills and
interleaves the same decisions a hundred thousand times without a database.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto

from ledger.core.checkpoint import Checkpoint
from ledger.refusals import Forked, RestoredBackup

RootAt = Callable[[int], bytes | None]  # the root that the stored tiles make at a size, if they make one


class Signing(Enum):
    """What a run that may sign does."""

    NOTHING = auto()
    MEND_COPY = auto()  # signed already, but the copy outside the database is older or gone
    SIGN = auto()


@dataclass(frozen=True)
class CopyState:
    """What the published copy holds, as the database believes; `files_size` may be ahead of `size`."""

    size: int = 0
    note: str = ""
    files_size: int = 0
    pruned_size: int = 0


def refuse_unless_extends(
    size: int, root: bytes, memories: Iterable[tuple[int, bytes]], root_at: RootAt
) -> None:
    """Raise RestoredBackup or Forked unless the stored log (`size`, `root`) extends every head in `memories`.

    `memories` are pairs of size and root: what the database, DATA_DIR and the published copy remember.
    """
    for signed, signed_root in memories:
        if signed > size:
            raise RestoredBackup(signed=signed, size=size)
        if root_at(signed) != signed_root:
            raise Forked(size=signed)
    if root_at(size) != root:
        raise Forked(size=size)


def signing(size: int, *, signed: int | None, kept: int | None) -> Signing:
    """What is to be done about a head of `size` entries that extends what was signed and what was kept."""
    if signed == size:
        return Signing.MEND_COPY if kept is None or kept < size else Signing.NOTHING
    return Signing.SIGN if size else Signing.NOTHING  # an empty log promises nothing yet


def as_it_lies(state: CopyState, there: Checkpoint | None, note: str) -> CopyState:
    """The state of the copy by the checkpoint that was found in it, `note` being its whole text.

    Files that came after an older checkpoint may be gone with what came after it: a folder from a backup.
    """
    size = there.size if there else 0
    if state.note == note:
        return state
    if size < state.size:
        state = replace(
            state, files_size=min(state.files_size, size), pruned_size=min(state.pruned_size, size)
        )
    return replace(state, size=size, note=note)
