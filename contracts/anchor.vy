# pragma version 0.4.3
# pragma evm-version paris

"""
@title  Anchor: the heads of append-only logs, written by one owner
@notice Keeps the newest (size, root) of each log; log_id is SHA-256 of the log's origin. A head can only
        grow, each one names the one before it, and a second root for a size is refused: the chain itself
        stops a rollback. Anchoring proves "not changed since", never "true".
@license MIT
"""

event Anchored:
    log_id: indexed(bytes32)
    size: indexed(uint256)
    root: bytes32
    prev_size: uint256

OWNER: public(immutable(address))
head_size: public(HashMap[bytes32, uint256])
head_root: public(HashMap[bytes32, bytes32])


@deploy
def __init__():
    OWNER = msg.sender


@external
def anchor(log_id: bytes32, prev_size: uint256, size: uint256, root: bytes32):
    assert msg.sender == OWNER, "owner"
    head: uint256 = self.head_size[log_id]
    if size == head and size > 0 and root == self.head_root[log_id]:
        return  # the same head again: a retry after a lost answer changes nothing
    assert prev_size == head, "prev"
    assert size > head, "size"
    self.head_size[log_id] = size
    self.head_root[log_id] = root
    log Anchored(log_id=log_id, size=size, root=root, prev_size=prev_size)
