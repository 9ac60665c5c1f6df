"""What a transaction may cost: how a stuck one is replaced, and when the day's money is spent. Pure.

Nodes take a replacement only when both fees rise by at least a tenth (go-ethereum's `pricebump`); anvil takes
any, so the rule is tested here and not by trying it there.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

STUCK_AFTER: Final = timedelta(minutes=3)  # about fifteen blocks of Ethereum without ours in one of them


@dataclass(frozen=True)
class Fees:
    """Wei a gas: at most in all, and to whoever makes the block (EIP-1559)."""

    max_fee_wei: int
    tip_wei: int


def bumped(stuck: Fees, market: Fees) -> Fees:
    """Fees of a replacement: an eighth above the stuck ones, and never below the market's."""
    return Fees(
        max(_eighth_more(stuck.max_fee_wei), market.max_fee_wei),
        max(_eighth_more(stuck.tip_wei), market.tip_wei),
    )


def worst_cost_wei(gas_limit: int, fees: Fees) -> int:
    """The most that a transaction can cost."""
    return gas_limit * fees.max_fee_wei


def _eighth_more(wei: int) -> int:
    return -(-wei * 9 // 8)  # rounded up: a node compares without mercy
