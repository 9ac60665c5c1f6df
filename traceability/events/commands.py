"""`record`: the one way into the event stream; event, salt, links and ledger entry in one transaction.

`forget_words` is the one way out, for what a person typed.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, update

from app.identity.access import Actor
from app.kernel.db import new_id
from app.kernel.uow import UnitOfWork
from app.registry.queries import PlotView
from ledger import commands as ledger
from ledger.core import jcs
from traceability.events import bodies, epcis, queries
from traceability.events.models import SALT_BYTES, Disclosure, EpcisEvent, EpcisEventLot


def record(
    uow: UnitOfWork,
    body: Mapping[str, Any],
    *,
    words: Mapping[str, str] | None = None,
    lot_ids: Sequence[UUID],
    actor: Actor | None,
    at: datetime,
    simulated: bool,
    corrects: UUID | None = None,
    inputs: Sequence[UUID] = (),
    outputs: Sequence[UUID] = (),
    plot_id: UUID | None = None,
) -> UUID:
    """Write an event and hand it in to the ledger; the answer is the id of its row.

    `body` is an EPCIS 2.0 event without eventID and recordTime (`bodies` makes them); `words` are further
    members, those that a person typed: sealed with the rest, kept where erasure reaches them. `at` is the
    time of record. `lot_ids` are the lots that it is about, `inputs` and `outputs` those that it consumed and
    made. Raises what `epcis.canonical` and `epcis.event_hash` raise for a body that is no event.
    """
    given = dict(body) | ({"coi:simulated": True} if simulated else {})
    given.setdefault("@context", list(bodies.CONTEXT))
    row_id = new_id()
    event_id = f"urn:uuid:{row_id}" if words else epcis.event_hash(given)
    given |= {"eventID": event_id, "recordTime": bodies.instant(at)}
    stored, spoken = epcis.canonical(given), jcs.canonicalize(dict(words)) if words else None
    row = EpcisEvent(
        id=row_id,
        event_id=event_id,
        type=given["type"],
        action=given.get("action"),
        biz_step=given.get("bizStep"),
        event_time=datetime.fromisoformat(given["eventTime"]),
        record_time=at,
        body=stored,
        corrects_id=corrects,
        recorded_by=actor.person_id if actor else None,
        organisation_id=actor.organisation_id if actor else None,
        plot_id=plot_id,
        simulated=simulated,
    )
    roles = (("subject", lot_ids), ("input", inputs), ("output", outputs))
    links = [(lot_id, role) for role, lots in roles for lot_id in lots]
    salt = secrets.token_bytes(SALT_BYTES)
    uow.add(row)
    uow.add(
        Disclosure(event_id=row.id, salt=salt, words=spoken),
        *(EpcisEventLot(event_id=row.id, lot_id=lot_id, role=role) for lot_id, role in links),
    )
    sealed = epcis.canonical(given | dict(words or {}))
    entry = queries.entry_of(
        row.id, record_time=at, subject=queries.subject_of(links, plot_id, row.id), salt=salt, body=sealed
    )
    ledger.submit(uow, entry, key=queries.key_of(row.id), now=at)
    return row.id


def forget_words(uow: UnitOfWork, event_ids: Select[UUID], *, now: datetime) -> None:
    """Destroy the words of these events (ids of their rows), and the salts that sealed them.

    Their entries stay in the log and tell nothing; events without words verify as before.
    """
    uow.session.execute(
        update(Disclosure)
        .where(Disclosure.words.is_not(None), Disclosure.event_id.in_(event_ids))
        .values(salt=None, words=None, erased_at=now)
        .execution_options(synchronize_session=False)
    )


def record_plot_registered(uow: UnitOfWork, plot: PlotView, actor: Actor, now: datetime) -> None:
    """The event of a new plot; bound to the registry's hook."""
    body = bodies.plot_registered(
        plot_id=plot.id,
        by=plot.organisation_id,
        area_m2=plot.area_m2,
        area_from=plot.area_from,
        crop=plot.crop,
        at=now,
    )
    record(uow, body, lot_ids=(), actor=actor, at=now, simulated=plot.simulated, plot_id=plot.id)


def record_plot_confirmed(uow: UnitOfWork, plot: PlotView, actor: Actor, now: datetime) -> None:
    """The event of an office's confirmation; bound to the registry's hook."""
    body = bodies.plot_confirmed(
        plot_id=plot.id, office_id=actor.organisation_id, area_m2=plot.area_m2, at=now
    )
    record(uow, body, lot_ids=(), actor=actor, at=now, simulated=plot.simulated, plot_id=plot.id)
