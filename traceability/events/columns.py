"""The columns of an event beside its body, which alone is sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from traceability.events import bodies
from traceability.events.models import EpcisEvent


@dataclass(frozen=True)
class Columns:
    """What a row of the stream repeats of its body, so that it can be asked for."""

    type: str
    action: str | None
    biz_step: str | None
    event_time: datetime
    record_time: datetime
    organisation_id: UUID | None
    plot_id: UUID | None
    simulated: bool

    def differ_from(self, body: Mapping[str, Any]) -> list[str]:
        """Names of the columns that say something else than the body."""
        declares_wrong = "errorDeclaration" in body  # repeats a body of a place, and happened at none
        place = None if declares_wrong else body.get("readPoint", {}).get("id")
        plot = None if self.plot_id is None else f"urn:uuid:{self.plot_id}"
        who = body.get("coi:organisation") or body.get("coi:confirmedBy")
        said = {
            "type": (self.type, body.get("type")),
            "action": (self.action, body.get("action")),
            "biz_step": (self.biz_step, body.get("bizStep")),
            "event_time": (bodies.instant(self.event_time), body.get("eventTime")),
            "organisation_id": (who and f"urn:uuid:{self.organisation_id}", who),  # not every body names one
            "plot_id": (plot, place),
            "simulated": (self.simulated, body.get("coi:simulated", False)),
        }
        return [name for name, (stored, told) in said.items() if stored != told]


def columns_of(row: EpcisEvent) -> Columns:
    """What the row says beside its body."""
    return Columns(**{name: getattr(row, name) for name in Columns.__dataclass_fields__})
