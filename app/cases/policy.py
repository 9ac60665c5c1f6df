"""Who may do what with cases; which case is asked when it is fetched."""

from app.identity.access import Predicate, role

OFFICERS = ("officer", "approving_officer", "auditor")

ACTIONS: dict[str, Predicate] = {
    "case.list": role(*OFFICERS),
    "case.decide": role("officer", "approving_officer"),
    "case.ask": role("farmer", "packer", "seller"),
    "outbox.see": role(*OFFICERS, "administrator"),
    "outbox.retry": role("officer", "approving_officer", "administrator"),
    "case.see": role(*OFFICERS, "farmer", "packer", "seller"),
}
