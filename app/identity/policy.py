"""Who may do what with people's own records."""

from app.identity.access import Actor, Predicate, role
from app.identity.queries import FILERS


def _for_oneself(actor: Actor, _thing: object) -> bool:
    """Whoever acts for a farmer changes neither his consents nor his bank account nor his number."""
    return actor.acting_for_id is None


def _paid(actor: Actor, _thing: object) -> bool:
    """Who sells says where the money goes: not everybody who packs for a cooperative."""
    return actor.acting_for_id is None and actor.has("farmer", "seller")


def _helper(actor: Actor, _thing: object) -> bool:
    return actor.has(*FILERS) or actor.acting_for_id is not None


ACTIONS: dict[str, Predicate] = {
    "farm.home": role("farmer", "packer", "seller", "helper"),
    "office.home": role("officer", "approving_officer", "auditor", "administrator"),
    "office.people": role("administrator"),
    "me.see": _for_oneself,
    "me.change": _for_oneself,
    "account.change": _paid,
    "help.see": _helper,
    "help.ask": role(*FILERS),
}
