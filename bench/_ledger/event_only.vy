# pragma version 0.4.3
# pragma evm-version paris

"""
@title  The least that an anchor can be: the same event, and nothing that the chain would enforce
@notice Only the benchmark deploys it, to say what growth that is enforced on chain costs more.
@license MIT
"""

event Anchored:
    log_id: indexed(bytes32)
    size: indexed(uint256)
    root: bytes32
    prev_size: uint256


@external
def anchor(log_id: bytes32, prev_size: uint256, size: uint256, root: bytes32):
    log Anchored(log_id=log_id, size=size, root=root, prev_size=prev_size)
