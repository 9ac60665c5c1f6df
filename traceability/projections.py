"""Lots, their remaining grams, packs and bound serials, recomputed from the event stream alone.

They are kept up to date in the transaction of each event; this is the proof that nothing else ever
changed them, and the repair when something did.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.kernel.uow import UnitOfWork
from ledger.core import jcs
from traceability import comparing
from traceability.events import bodies, epcis
from traceability.events.columns import columns_of
from traceability.events.models import EpcisEvent
from traceability.labels.models import Serial
from traceability.lots.models import Lot
from traceability.lots.told import Difference, Key, LotTold, differ, hear
from traceability.packing.models import Pack

EVERY: Final = 1_000  # events between two words of progress


@dataclass
class PackTold:
    """What the stream says of one pack."""

    of: Key
    weight_g: int
    packing_id: UUID
    packed_on: date
    shipped_by: UUID | None = None
    dissolved: bool = False


@dataclass
class Told:
    """Everything that the stream says of lots and packs (packs by serial), and columns that say otherwise."""

    lots: dict[Key, LotTold] = field(default_factory=dict)
    packs: dict[str, PackTold] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)

    def remaining_g(self, of: Key) -> int:
        """Grams of a lot that are in no pack."""
        packed = sum(p.weight_g for p in self.packs.values() if p.of == of and not p.dissolved)
        return self.lots[of].weight_g - packed


@dataclass
class Report:
    """What was compared and what differed."""

    events: int
    lots: int
    packs: int
    differences: list[Difference] = field(default_factory=list)

    def summary(self) -> str:
        """A line a difference, and the counts."""
        lines = [str(one) for one in self.differences]
        counted = f"{self.events} events, {self.lots} lots, {self.packs} packs"
        return "\n".join([*lines, f"{counted}: {len(self.differences)} differences"])


def rebuild(uow: UnitOfWork, *, apply: bool, progress: Callable[[str], None] = lambda _line: None) -> Report:
    """Compare the tables with the events; with `apply` make lots, packs and serials say what the events say.

    Never mended here: a column of an event (the stream is append-only), and a hold or a recall that is gone
    or was put in, whose words no event has.
    """
    told, events = _read(uow, progress)
    report = Report(events, len(told.lots), len(told.packs))
    report.differences += [Difference(what, "something else", "what its body says") for what in told.columns]
    for one in _lots(uow, told, apply):
        report.differences.append(one)
    for one in _packs(uow, told, apply):
        report.differences.append(one)
    for one in _serials(uow, told, apply):
        report.differences.append(one)
    if apply:
        uow.session.flush()
    return report


def _read(uow: UnitOfWork, progress: Callable[[str], None]) -> tuple[Told, int]:
    told, n = Told(), 0
    asked = select(EpcisEvent).order_by(EpcisEvent.record_time, EpcisEvent.id)
    for n, row in enumerate(uow.session.scalars(asked.execution_options(yield_per=EVERY)), 1):
        body = jcs.parse(row.body)
        if isinstance(body, dict):
            told.columns += [f"event {row.id} column {name}" for name in columns_of(row).differ_from(body)]
            hear(told.lots, body)
            if (step := str(body.get("bizStep"))) in _READERS:
                _READERS[step](told, body, row.id)
        if n % EVERY == 0:
            progress(f"{n} events read")
    return told, n


def _pack(told: Told, body: dict[str, Any], _event_id: UUID) -> None:
    taken = epcis.lot_quantities(body)[0]
    packing_id = bodies.read_urn(body["coi:packing"])
    for _gtin, serial in epcis.packs(body):
        told.packs[serial] = PackTold(
            (taken.gtin, taken.lot_no),
            body["coi:unitGrams"],
            packing_id,
            date.fromisoformat(body["coi:packedOn"]),
        )


def _ship(told: Told, body: dict[str, Any], event_id: UUID) -> None:
    for _gtin, serial in epcis.packs(body):
        told.packs[serial].shipped_by = event_id


def _dissolve(told: Told, body: dict[str, Any], _event_id: UUID) -> None:
    for _gtin, serial in epcis.packs(body):
        told.packs[serial].dissolved = True


_READERS: Final[dict[str, Callable[[Told, dict[str, Any], UUID], None]]] = {
    bodies.PACK: _pack,
    bodies.SHIP: _ship,
    bodies.DISSOLVE: _dissolve,
}


def _lots(uow: UnitOfWork, told: Told, apply: bool) -> Iterator[Difference]:
    stored = {(row.gtin, row.lot_no): row for row in uow.session.scalars(select(Lot))}
    standing = comparing.in_force(uow)
    for key in sorted(stored.keys() | told.lots.keys()):
        row, lot = stored.get(key), told.lots.get(key)
        if row is None or lot is None:
            yield Difference(f"lot {key[1]}", row and "there", lot and "there")
            continue
        remaining_g = told.remaining_g(key)
        found = [
            *comparing.differences(row, lot, standing.get(row.id, comparing.NOTHING)),
            *differ(f"lot {key[1]} remaining_g", row.remaining_g, remaining_g),
        ]
        if apply and found:
            _set_right(row, lot, remaining_g)
        yield from found


def _set_right(row: Lot, lot: LotTold, remaining_g: int) -> None:
    """Holds and recalls have words that no event has: those are for the office to give again."""
    row.weight_g, row.remaining_g, row.state = lot.weight_g, remaining_g, lot.state.value
    row.harvested_on = lot.picked_on or row.harvested_on
    row.harvested_by_id = row.owner_id = lot.picked_by or row.owner_id
    row.plot_id = lot.plot_id or row.plot_id
    row.revision += 1


def _packs(uow: UnitOfWork, told: Told, apply: bool) -> Iterator[Difference]:
    lots = {row.id: (row.gtin, row.lot_no) for row in uow.session.scalars(select(Lot))}
    stored = {row.serial: row for row in uow.session.scalars(select(Pack))}
    times = _times(uow, {p.shipped_by for p in told.packs.values() if p.shipped_by})
    for serial in sorted(stored.keys() | told.packs.keys()):
        row, pack = stored.get(serial), told.packs.get(serial)
        if row is None or pack is None:
            yield Difference(f"pack {serial}", row and "there", pack and "there")
            continue
        found = [
            *differ(f"pack {serial} lot", lots.get(row.lot_id), pack.of),
            *differ(f"pack {serial} weight_g", row.weight_g, pack.weight_g),
            *differ(f"pack {serial} packing", row.packing_id, pack.packing_id),
            *differ(f"pack {serial} shipped by", row.ship_event_id, pack.shipped_by),
            *differ(f"pack {serial} dissolved", row.dissolved_at is not None, pack.dissolved),
        ]
        if apply and found:
            row.weight_g, row.ship_event_id = pack.weight_g, pack.shipped_by
            row.shipped_at = times.get(pack.shipped_by) if pack.shipped_by else None
            row.dissolved_at = (row.dissolved_at or row.shipped_at) if pack.dissolved else None
        yield from found


def _times(uow: UnitOfWork, event_ids: set[UUID]) -> dict[UUID, datetime]:
    asked = select(EpcisEvent.id, EpcisEvent.record_time).where(EpcisEvent.id.in_(event_ids))
    return {row[0]: row[1] for row in uow.session.execute(asked)}


def _serials(uow: UnitOfWork, told: Told, apply: bool) -> Iterator[Difference]:
    """A serial is bound exactly when a pack that is not dissolved wears it."""
    ids = {serial: pack_id for serial, pack_id in uow.session.execute(select(Pack.serial, Pack.id))}  # noqa: C416 - typed rows
    for row in uow.session.scalars(select(Serial)):
        pack = told.packs.get(row.serial)
        bound = pack is not None and not pack.dissolved
        found = list(differ(f"serial {row.serial} bound", row.state == "packed", bound))
        if bound:
            found += differ(f"serial {row.serial} pack", row.pack_id, ids.get(row.serial))
        if apply and found and row.state != "void":
            row.state, row.pack_id = ("packed", ids[row.serial]) if bound else ("printed", None)
        yield from found
