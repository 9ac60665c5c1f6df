"""Which acts an officer is offered on a right as it stands: pure. The commands check again."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from trademarks.use_rights.rules import REASONS, Act, Reason, RightState


@dataclass(frozen=True)
class ActPage:
    """One act as a page: its name in the address, what it needs, and whether it takes a second person."""

    name: str
    act: Act
    reasons: tuple[Reason, ...] = ()
    scope: bool = False
    labels: bool = False
    second: bool = False


PAGES: Final = {
    page.name: page
    for page in (
        ActPage("suspend", Act.SUSPENDED, REASONS[Act.SUSPENDED], scope=True),
        ActPage("ratify", Act.RATIFIED, second=True),
        ActPage("reinstate", Act.REINSTATED, REASONS[Act.REINSTATED]),
        ActPage("propose-revocation", Act.REVOCATION_PROPOSED, REASONS[Act.REVOCATION_PROPOSED]),
        ActPage("revoke", Act.REVOKED, second=True),
        ActPage("extend", Act.QUOTA_EXTENDED, REASONS[Act.QUOTA_EXTENDED], labels=True),
    )
}


@dataclass(frozen=True, kw_only=True)
class Stand:
    """How a right stands towards one officer: what began, by whom, and who asks."""

    state: RightState
    emergency: bool  # an unratified suspension that lapses
    suspended_by: UUID | None
    proposed_by: UUID | None
    officer: UUID
    approving: bool

    @property
    def ended(self) -> bool:
        """Whether the right is over for good."""
        return self.state not in {RightState.ACTIVE, RightState.SUSPENDED}


class Closed(StrEnum):
    """Why an act is not open to an officer."""

    ENDED = "ended"  # the right is revoked or expired
    NO_PROPOSAL = "no-proposal"
    OWN_PROPOSAL = "own-proposal"
    OWN_SUSPENSION = "own-suspension"
    APPROVER = "approver"
    STATE = "state"  # the right stands so that the act has nothing to change


def open_acts(stand: Stand) -> list[str]:
    """The names of the acts that this officer may take now, the next expected one first."""
    if stand.ended:
        return []
    held = stand.state is RightState.SUSPENDED
    offered = {
        "ratify": held and stand.emergency and stand.approving and stand.suspended_by != stand.officer,
        "revoke": stand.approving and stand.proposed_by not in {None, stand.officer},
        "reinstate": held and (stand.emergency or stand.approving),
        "suspend": not held,
        "extend": not held,
        "propose-revocation": stand.proposed_by is None,
    }
    return [name for name, may in offered.items() if may]


def why_closed(name: str, stand: Stand) -> Closed:
    """What stands in the way of an act that `open_acts` does not offer: first what another one can change."""
    if stand.ended:
        return Closed.ENDED
    if name == "revoke" and stand.proposed_by is None:
        return Closed.NO_PROPOSAL
    if name == "revoke" and stand.proposed_by == stand.officer:
        return Closed.OWN_PROPOSAL
    if name == "ratify" and stand.emergency and stand.suspended_by == stand.officer:
        return Closed.OWN_SUSPENSION
    held = stand.state is RightState.SUSPENDED
    for_approvers = (
        name == "revoke" or (held and name == "reinstate") or (stand.emergency and name == "ratify")
    )
    return Closed.APPROVER if for_approvers and not stand.approving else Closed.STATE
