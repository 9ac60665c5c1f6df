"""Lots, their remaining grams, packs and bound serials, recomputed from the event stream alone.

They are kept up to date in the transaction of each event; this is the proof that nothing else ever
changed them, and the repair when something did.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.kernel.uow import UnitOfWork
from ledger.core import jcs
from traceability.events import bodies, epcis
from traceability.events.models import EpcisEvent
from traceability.labels.models import Serial
from traceability.lots.models import Lot
from traceability.lots.rules import LotState
from traceability.packing.models import Pack

Key = tuple[str, str]  # GTIN and lot number
EVERY: Final = 1_000  # events between two words of progress


@dataclass
class LotTold:
    """What the stream says of one lot."""

    weight_g: int = 0
    holds: set[str] = field(default_factory=set)
    recalled: bool = False
    recall_ended: bool = False

    @property
    def state(self) -> LotState:
        """The state that follows; a recall outranks a hold."""
        if self.recalled:
            return LotState.RECALLED
        if self.recall_ended:
            return LotState.CLOSED
        return LotState.HELD if self.holds else LotState.OPEN


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
    """Everything that the stream says of lots and packs (packs by serial)."""

    lots: dict[Key, LotTold] = field(default_factory=dict)
    packs: dict[str, PackTold] = field(default_factory=dict)

    def remaining_g(self, of: Key) -> int:
        """Grams of a lot that are in no pack."""
        packed = sum(p.weight_g for p in self.packs.values() if p.of == of and not p.dissolved)
        return self.lots[of].weight_g - packed


@dataclass(frozen=True)
class Difference:
    """One thing that the tables say otherwise than the events."""

    what: str
    stored: object
    told: object


@dataclass
class Report:
    """What was compared and what differed."""

    events: int
    lots: int
    packs: int
    differences: list[Difference] = field(default_factory=list)

    def summary(self) -> str:
        """A line a difference, and the counts."""
        lines = [f"{one.what}: stored {one.stored}, events say {one.told}" for one in self.differences]
        counted = f"{self.events} events, {self.lots} lots, {self.packs} packs"
        return "\n".join([*lines, f"{counted}: {len(self.differences)} differences"])


def rebuild(uow: UnitOfWork, *, apply: bool, progress: Callable[[str], None] = lambda _line: None) -> Report:
    """Compare the tables with the events; with `apply` make the tables say what the events say."""
    told, events = _read(uow, progress)
    report = Report(events, len(told.lots), len(told.packs))
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
    rows = uow.session.execute(
        select(EpcisEvent.id, EpcisEvent.biz_step, EpcisEvent.body)
        .order_by(EpcisEvent.record_time, EpcisEvent.id)
        .execution_options(yield_per=EVERY)
    )
    for n, (event_id, step, raw) in enumerate(rows, 1):
        body = jcs.parse(raw)
        if isinstance(body, dict) and step in _READERS:
            _READERS[step](told, body, event_id)
        if n % EVERY == 0:
            progress(f"{n} events read")
    return told, n


def _harvest(told: Told, body: dict[str, Any], _event_id: UUID) -> None:
    for one in epcis.lot_quantities(body):
        told.lots.setdefault((one.gtin, one.lot_no), LotTold()).weight_g += one.grams


def _of_lots(told: Told, body: dict[str, Any]) -> Iterator[LotTold]:
    for element in body.get("quantityList", []):
        _, _, gtin, _, lot_no = element["epcClass"].rsplit("/", 4)
        yield told.lots.setdefault((gtin, lot_no), LotTold())


def _hold(told: Told, body: dict[str, Any], _event_id: UUID) -> None:
    for lot in _of_lots(told, body):
        lot.holds.add(body["coi:hold"])


def _release(told: Told, body: dict[str, Any], _event_id: UUID) -> None:
    for lot in _of_lots(told, body):
        lot.holds -= set(body["coi:releases"])


def _recall(told: Told, body: dict[str, Any], _event_id: UUID) -> None:
    for lot in _of_lots(told, body):
        lot.recalled, lot.recall_ended = True, False


def _recall_ended(told: Told, body: dict[str, Any], _event_id: UUID) -> None:
    for lot in _of_lots(told, body):
        lot.recalled, lot.recall_ended = False, True


def _pack(told: Told, body: dict[str, Any], _event_id: UUID) -> None:
    taken = epcis.lot_quantities(body)[0]
    packing_id = UUID(body["coi:packing"].removeprefix("urn:uuid:"))
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
    bodies.HARVEST: _harvest,
    bodies.HOLD: _hold,
    bodies.RELEASE: _release,
    bodies.RECALL: _recall,
    bodies.RECALL_ENDED: _recall_ended,
    bodies.PACK: _pack,
    bodies.SHIP: _ship,
    bodies.DISSOLVE: _dissolve,
}


def _differ(what: str, stored: object, told: object) -> Iterable[Difference]:
    return () if stored == told else (Difference(what, stored, told),)


def _lots(uow: UnitOfWork, told: Told, apply: bool) -> Iterator[Difference]:
    stored = {(row.gtin, row.lot_no): row for row in uow.session.scalars(select(Lot))}
    for key in sorted(stored.keys() | told.lots.keys()):
        row, lot = stored.get(key), told.lots.get(key)
        if row is None or lot is None:
            yield Difference(f"lot {key[1]}", row and "there", lot and "there")
            continue
        remaining_g = told.remaining_g(key)
        found = [
            *_differ(f"lot {key[1]} weight_g", row.weight_g, lot.weight_g),
            *_differ(f"lot {key[1]} remaining_g", row.remaining_g, remaining_g),
            *_differ(f"lot {key[1]} state", row.state, lot.state.value),
        ]
        if apply and found:
            row.weight_g, row.remaining_g, row.state = lot.weight_g, remaining_g, lot.state.value
            row.revision += 1
        yield from found


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
            *_differ(f"pack {serial} lot", lots.get(row.lot_id), pack.of),
            *_differ(f"pack {serial} weight_g", row.weight_g, pack.weight_g),
            *_differ(f"pack {serial} packing", row.packing_id, pack.packing_id),
            *_differ(f"pack {serial} shipped by", row.ship_event_id, pack.shipped_by),
            *_differ(f"pack {serial} dissolved", row.dissolved_at is not None, pack.dissolved),
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
        found = list(_differ(f"serial {row.serial} bound", row.state == "packed", bound))
        if bound:
            found += _differ(f"serial {row.serial} pack", row.pack_id, ids.get(row.serial))
        if apply and found and row.state != "void":
            row.state, row.pack_id = ("packed", ids[row.serial]) if bound else ("printed", None)
        yield from found
