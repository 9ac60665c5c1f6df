"""The anchors that go into a proof bundle, each joined to its checkpoint by a consistency proof."""

from app.kernel.uow import UnitOfWork
from ledger import stamped, stored_tiles
from ledger.core.anchors import Anchor, Timestamp
from ledger.core.tiles import TileTree
from ledger.models import Anchor as AnchorRow
from ledger.reach import anchor_view, standing_anchors


def of_chains(uow: UnitOfWork, size: int, last_index: int) -> tuple[Anchor, ...]:
    """The first anchor on a chain whose head holds this index, for a bundle under a checkpoint of `size`."""
    covering = standing_anchors().where(AnchorRow.checkpoint_size > last_index).limit(1)
    row = uow.session.execute(covering).one_or_none()
    if row is None:
        return ()
    anchor = anchor_view(row)
    return (
        Anchor(
            chain_id=anchor.chain_id,
            chain_name=anchor.chain_name,
            development=anchor.is_development,
            contract=anchor.contract,
            tx_hash=anchor.tx_hash,
            block_number=anchor.block_number,
            log_id=anchor.log_id,
            size=anchor.checkpoint_size,
            root=anchor.checkpoint_root,
            consistency=_joined(uow, size, anchor.checkpoint_size),
        ),
    )


def of_authorities(uow: UnitOfWork, size: int, last_index: int) -> tuple[Timestamp, ...]:
    """Of each authority the first time stamp whose head holds this index."""
    return tuple(
        Timestamp(
            authority=stamp.name,
            on_this_machine=stamp.on_this_machine,
            external_id=stamp.external_id,
            stamped_at=stamp.at,
            token=stamp.token,
            size=stamp.checkpoint_size,
            root=stamp.checkpoint_root,
            consistency=_joined(uow, size, stamp.checkpoint_size),
        )
        for stamp in stamped.covering(uow, last_index)
    )


def _joined(uow: UnitOfWork, size: int, anchored_size: int) -> tuple[bytes, ...] | None:
    """Proof that two heads are of one tree; None where they are of one size."""
    small, large = sorted((anchored_size, size))
    if small == large:
        return None
    with stored_tiles.damage_refused(large):
        return tuple(TileTree(large, stored_tiles.reader(uow)).consistency_path(small))
