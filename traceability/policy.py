"""Who may do what in this package; which object is theirs is settled by how it is fetched."""

from typing import Final

from app.identity.access import Predicate, role

ACTIONS: Final[dict[str, Predicate]] = {
    "diary.write": role("farmer"),
    "lot.open": role("farmer"),
    "lot.see": role("farmer", "packer", "seller"),
    "lot.correct": role("farmer"),
    "lot.receive": lambda actor, _lot: actor.has("packer") and actor.organisation_kind != "farm_household",
    "lot.search": role("officer", "approving_officer", "auditor"),
    "lot.hold": role("officer", "approving_officer"),
    "lot.release": role("officer", "approving_officer"),
    "lot.recall": role("officer", "approving_officer"),
    "label.verify": role("officer", "approving_officer", "auditor"),
    "label.clear": role("officer", "approving_officer"),
    "label.print": role("farmer", "packer"),
    "lot.pack": role("packer"),
}
