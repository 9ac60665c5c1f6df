"""Proofs of entries as the log gives them: each entry with its path, under a checkpoint, with its anchors.

Everything here reads the database alone; the owner of the bodies adds what is disclosed of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select

from app.kernel.uow import UnitOfWork
from ledger import bundled_anchors, cosigned, key_lines, queries, stored_tiles
from ledger.core import anchors as shown
from ledger.core import proofs
from ledger.core.disclosures import Disclosure, Erased
from ledger.core.jcs import JSONValue
from ledger.models import LogEntry
from ledger.queries import CheckpointView


@dataclass(frozen=True, kw_only=True)
class BundleParts:
    """What the log gives to a proof bundle; the owner of the bodies adds the disclosures."""

    origin: str
    vkey: str
    size: int
    checkpoint: str
    items: Mapping[str, proofs.Item]  # by key, without disclosure
    anchors: tuple[shown.Anchor, ...]
    timestamps: tuple[shown.Timestamp, ...]
    pending: tuple[str, ...]  # keys that no checkpoint covers yet
    quorum_met: bool  # whether the checkpoint has the cosignatures that the log's own policy asks for
    cosigned_by: Mapping[str, bool]  # names of witnesses in that policy; whether on the log's own machine

    @property
    def witnessed(self) -> dict[str, JSONValue]:
        """Member `witnesses` of the bundle's `about`: what its maker says of the cosignatures in it."""
        own: list[JSONValue] = [name for name, here in self.cosigned_by.items() if here]
        return {
            "quorum_met": self.quorum_met,
            "cosigned_by": list(self.cosigned_by),
            "on_the_logs_machine": own,
        }

    def bundle(
        self,
        disclosures: Mapping[str, Disclosure | Erased],
        *,
        about: Mapping[str, JSONValue] | None = None,
    ) -> proofs.Bundle:
        """The whole bundle, items in the order of their index."""
        items = [
            proofs.Item(item.index, item.entry, item.proof, disclosures.get(key))
            for key, item in self.items.items()
        ]
        return proofs.Bundle(
            origin=self.origin,
            vkey=self.vkey,
            size=self.size,
            checkpoint=self.checkpoint,
            items=tuple(sorted(items, key=lambda item: item.index)),
            anchors=self.anchors,
            timestamps=self.timestamps,
            pending=len(self.pending),
            about={"witnesses": self.witnessed, **(about or {})},
        )


def bundle_parts(
    uow: UnitOfWork, keys: Sequence[str], *, under: CheckpointView | None = None
) -> BundleParts | None:
    """What a proof of these entries needs; None before the first checkpoint.

    Under the checkpoint asked for, or else under the newest one that satisfies the quorum, if it covers all
    that the newest one covers; else under the newest. `quorum_met` says which. Raises Forked when a stored
    tile is missing, CheckpointDamaged when the note is not what was signed (tampered: `flask ledger fsck`).
    """
    head, newest = queries.log(uow), under or queries.latest_checkpoint(uow)
    if head is None or newest is None:
        return None
    rows = _entries(uow, keys, size=newest.size)
    last = max((row.leaf_index for row in rows), default=0)
    witnessed = under or queries.cosigned_checkpoint(uow, above=last)
    signed = {
        each.size: key_lines.lines(uow, each.size, each.note, head.keys.live)
        for each in (newest, witnessed)
        if each is not None
    }
    checkpoint = witnessed if witnessed is not None and signed[witnessed.size] else newest
    lines = signed[checkpoint.size]
    note = key_lines.note_of(checkpoint.size, checkpoint.root, checkpoint.note, lines, head.keys.known)
    if note is None:
        return None  # a key was revoked this very moment, and the next one has not signed yet
    items = _items(uow, rows, size=checkpoint.size, root=checkpoint.root)
    return BundleParts(
        origin=head.origin,
        vkey=str(next(iter(signed[checkpoint.size]))),
        size=checkpoint.size,
        checkpoint=note + cosigned.lines_of(uow, checkpoint.size),
        items=items,
        anchors=bundled_anchors.of_chains(uow, checkpoint.size, last) if items else (),
        timestamps=bundled_anchors.of_authorities(uow, checkpoint.size, last) if items else (),
        pending=tuple(key for key in keys if key not in items),
        quorum_met=cosigned.meets_quorum(uow, checkpoint.size),
        cosigned_by=cosigned.seen_by(uow, checkpoint.size),
    )


def items_under(uow: UnitOfWork, keys: Sequence[str], *, size: int, root: bytes) -> dict[str, proofs.Item]:
    """By key: each entry with its path to the root of a signed head, without disclosure (2 statements).

    A key that this head does not cover is left out. Raises Forked as `bundle_parts` does.
    """
    return _items(uow, _entries(uow, keys, size=size), size=size, root=root)


def _entries(uow: UnitOfWork, keys: Sequence[str], *, size: int) -> Sequence[Row[str, int, bytes]]:
    return uow.session.execute(
        select(LogEntry.key, LogEntry.leaf_index, LogEntry.entry).where(
            LogEntry.key.in_(keys), LogEntry.leaf_index < size
        )
    ).all()


def _items(
    uow: UnitOfWork, rows: Sequence[Row[str, int, bytes]], *, size: int, root: bytes
) -> dict[str, proofs.Item]:
    tree = stored_tiles.tree_for(uow, size, root, [row.leaf_index for row in rows])
    with stored_tiles.damage_refused(size):
        paths = {row.key: tuple(tree.inclusion_path(row.leaf_index)) for row in rows}
    return {key: proofs.Item(index, entry, paths[key]) for key, index, entry in rows}
