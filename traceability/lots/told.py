"""What the event stream says of lots, read from bodies alone: pure.

The tables say the same for those who ask often. `traceability.projections` compares all of them with the
stream, `traceability.trace_page.checking` those of one lot whenever somebody scans it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from traceability.events import bodies, epcis
from traceability.lots.rules import LotState

Key = tuple[str, str]  # GTIN and lot number


@dataclass
class LotTold:
    """What the stream says of one lot; `holds` and `recall` are ids of what is in force."""

    weight_g: int = 0
    picked_on: date | None = None
    picked_by: UUID | None = None
    plot_id: UUID | None = None
    holds: set[UUID] = field(default_factory=set)
    recall: UUID | None = None
    recall_class: str | None = None
    recall_ended: bool = False

    @property
    def state(self) -> LotState:
        """The state that follows; a recall outranks a hold."""
        if self.recall:
            return LotState.RECALLED
        if self.recall_ended:
            return LotState.CLOSED
        return LotState.HELD if self.holds else LotState.OPEN


@dataclass(frozen=True)
class Difference:
    """One thing that the tables say otherwise than the events."""

    what: str
    stored: object
    told: object

    def __str__(self) -> str:
        return f"{self.what}: stored {self.stored}, events say {self.told}"


def differ(what: str, stored: object, told: object) -> Iterable[Difference]:
    """The difference, or nothing."""
    return () if stored == told else (Difference(what, stored, told),)


def hear(lots: dict[Key, LotTold], body: Mapping[str, Any]) -> None:
    """Take in one more event, in the order of record; what says nothing of lots changes nothing.

    Raises NotAnEvent, KeyError, ValueError for a body that `bodies` did not make.
    """
    reader = _READERS.get(str(body.get("bizStep")))
    if reader is not None:
        reader(lots, body)


def _harvest(lots: dict[Key, LotTold], body: Mapping[str, Any]) -> None:
    wrong = "errorDeclaration" in body
    for one in epcis.lot_quantities(dict(body)):
        lot = lots.setdefault((one.gtin, one.lot_no), LotTold())
        lot.weight_g += one.grams
        if not wrong:
            lot.picked_on = date.fromisoformat(body["ilmd"]["cbvmda:harvestEndDate"])
            lot.picked_by = bodies.read_urn(body["coi:organisation"])
            lot.plot_id = bodies.read_urn(body["readPoint"]["id"])


def _named(lots: dict[Key, LotTold], body: Mapping[str, Any]) -> Iterator[LotTold]:
    for element in body.get("quantityList", []):
        _, _, gtin, _, lot_no = element["epcClass"].rsplit("/", 4)
        yield lots.setdefault((gtin, lot_no), LotTold())


def _hold(lots: dict[Key, LotTold], body: Mapping[str, Any]) -> None:
    for lot in _named(lots, body):
        lot.holds.add(bodies.read_urn(body["coi:hold"]))


def _release(lots: dict[Key, LotTold], body: Mapping[str, Any]) -> None:
    for lot in _named(lots, body):
        lot.holds -= {bodies.read_urn(one) for one in body["coi:releases"]}


def _recall(lots: dict[Key, LotTold], body: Mapping[str, Any]) -> None:
    for lot in _named(lots, body):
        lot.recall, lot.recall_class = bodies.read_urn(body["coi:recall"]), body["coi:recallClass"]
        lot.recall_ended = False


def _recall_ended(lots: dict[Key, LotTold], body: Mapping[str, Any]) -> None:
    for lot in _named(lots, body):
        lot.recall, lot.recall_class, lot.recall_ended = None, None, True


_READERS: Final[Mapping[str, Callable[[dict[Key, LotTold], Mapping[str, Any]], None]]] = {
    bodies.HARVEST: _harvest,
    bodies.HOLD: _hold,
    bodies.RELEASE: _release,
    bodies.RECALL: _recall,
    bodies.RECALL_ENDED: _recall_ended,
}
