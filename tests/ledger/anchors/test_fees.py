"""The rule that real nodes enforce and the development chain does not."""

from hypothesis import given
from hypothesis.strategies import builds, integers

from ledger.anchors.fees import Fees, bumped, worst_cost_wei

FEES = builds(Fees, integers(0, 10**14), integers(0, 10**13))


@given(FEES, FEES)
def test_a_replacement_pays_an_eighth_more_of_both_and_never_less_than_the_market(stuck: Fees, market: Fees):
    new = bumped(stuck, market)
    assert new.max_fee_wei * 8 >= stuck.max_fee_wei * 9
    assert new.tip_wei * 8 >= stuck.tip_wei * 9
    assert new.max_fee_wei >= market.max_fee_wei
    assert new.tip_wei >= market.tip_wei


@given(FEES)
def test_it_is_no_dearer_than_it_must_be(stuck: Fees):
    new = bumped(stuck, Fees(0, 0))
    assert new.max_fee_wei * 8 < stuck.max_fee_wei * 9 + 8
    assert new.tip_wei * 8 < stuck.tip_wei * 9 + 8


def test_the_worst_cost_is_every_gas_at_the_highest_price():
    assert worst_cost_wei(45_000, Fees(2_000_000_000, 1)) == 90_000_000_000_000
