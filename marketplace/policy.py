"""Who may sell; buying needs no account."""

from typing import Final

from app.identity.access import Actor, Predicate, role


def _seller(actor: Actor, _thing: object) -> bool:
    """A seller for his own organisation; whoever acts for somebody else does not sell for him."""
    return actor.has("seller") and actor.acting_for_id is None


ACTIONS: Final[dict[str, Predicate]] = {
    "listing.offer": _seller,
    "order.serve": _seller,
    "order.review": role("officer", "approving_officer"),
}
