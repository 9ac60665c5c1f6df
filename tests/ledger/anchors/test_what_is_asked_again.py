"""Which anchors may go unasked while the newest stands where it stood."""

from ledger.anchors.rules import above_the_final


def test_those_in_blocks_that_may_still_leave() -> None:
    anchors = [("final", 9), ("mined", 12), ("mined", 14), ("mined", 13)]
    assert above_the_final(anchors, finalized=10) == [1, 2, 3]


def test_not_one_that_may_be_final_by_now() -> None:
    assert above_the_final([("mined", 10), ("mined", 11)], finalized=10) == [1]


def test_not_one_that_no_block_is_known_to_hold() -> None:
    assert above_the_final([("sent", None), ("prepared", None), ("lost", 12), ("mined", None)], 10) == []
