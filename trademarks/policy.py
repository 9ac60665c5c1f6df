"""Who may do what with marks and rights of use."""

from app.identity.access import Predicate, role

HOLDERS = frozenset({"farmer", "packer", "seller"})
OFFICERS = frozenset({"officer", "approving_officer"})
READERS = OFFICERS | {"auditor"}

ACTIONS: dict[str, Predicate] = {
    "right.see_own": role(*HOLDERS),
    "right.apply": role(*HOLDERS),
    "right.see": role(*READERS),
    "right.change": role(*OFFICERS),
}
