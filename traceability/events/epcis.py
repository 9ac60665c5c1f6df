"""EPCIS 2.0 events as data: their canonical bytes, their CBV event hash, what they say of goods. Pure.

The bytes that are sealed are RFC 8785 bytes of the body. The CBV hash is an *identity* (eventID, to
notice a duplicate), never a seal: its pre-hash string has no separators, so two different events can
share one hash (TRACEABILITY, finding 1).

Source: CBV 2.0, section 8.9 (event hash, `?ver=CBV2.0`), under the context 2.0.0 of EPCIS.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote

from app.kernel.problems import Invalid
from ledger.core import jcs
from ledger.core.errors import MalformedJSON
from traceability.events.epc_uri import DOMAIN, canonical_uri

Event = Mapping[str, Any]

_CBV: Final = "https://ref.gs1.org/cbv/"
# Prefixes of the context 2.0.0; a document's own context comes on top.
_NAMESPACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cbv": _CBV,
        "gs1": "https://gs1.org/voc/",
        "epcis": "https://ref.gs1.org/epcis/",
        "cbvmda": "urn:epcglobal:cbv:mda:",
    }
)
_OLD_VOCABULARY: Final = (
    ("urn:epcglobal:cbv:bizstep:", f"{_CBV}BizStep-"),
    ("urn:epcglobal:cbv:disp:", f"{_CBV}Disp-"),
    ("urn:epcglobal:cbv:btt:", f"{_CBV}BTT-"),
    ("urn:epcglobal:cbv:sdt:", f"{_CBV}SDT-"),
    ("urn:epcglobal:cbv:er:", f"{_CBV}ER-"),
)
_NOT_HASHED: Final = frozenset({"type", "eventID", "recordTime", "errorDeclaration", "@context"})
_COMMENTS: Final = frozenset({"comment", "rdfs:comment", "#text"})
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?|[+-]?\.[0-9]+")


class NotAnEvent(Invalid):
    """Not an EPCIS 2.0 event that could be sealed; `reason` says why."""

    type, field = "not-an-event", "event"


def canonical(body: Event) -> bytes:
    """The bytes that are stored and sealed: RFC 8785, integers only.

    Raises NotAnEvent for what JSON cannot say, and for a float: two programs may write one number in
    two ways, and a weight is whole grams anyway.
    """
    _check_type(body)
    if not _is_exact(body):
        raise NotAnEvent(reason="float")
    try:
        return jcs.canonicalize(dict(body))
    except MalformedJSON as exc:
        raise NotAnEvent(reason=str(exc)) from exc


def _check_type(body: Event) -> None:
    if not isinstance(body.get("type"), str) or not isinstance(body.get("eventTime"), str):
        raise NotAnEvent(reason="type-or-time")


def _is_exact(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_exact, value.values()))
    if isinstance(value, list):
        return all(map(_is_exact, value))
    return value is None or isinstance(value, bool | int | str)


# --- CBV event hash ---------------------------------------------------------------------------


def event_hash(body: Event, *, context: Sequence[object] = ()) -> str:
    """The event's identity: `ni:///sha-256;{hex}?ver=CBV2.0`.

    `context` is the document's `@context`; an event's own is read as well. eventID, recordTime and
    errorDeclaration do not count, nor does the order of members. Raises NotAnEvent.
    """
    digest = hashlib.sha256(prehash(body, context=context).encode("utf-8")).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def prehash(body: Event, *, context: Sequence[object] = ()) -> str:
    """The string that is hashed; for tests and for finding out why two hashes differ."""
    _check_type(body)
    own = body.get("@context", ())
    reader = _Reader(_namespaces([*context, *(own if isinstance(own, list) else [])]))
    fields = [reader.field(name, body[name]) for name in _ORDER if name in body]
    rest = {name: value for name, value in body.items() if name not in _ORDER and name not in _NOT_HASHED}
    return f"eventType={body['type']}" + "".join(fields) + reader.extensions(rest)


def _namespaces(context: Iterable[object]) -> dict[str, str]:
    found = dict(_NAMESPACES)
    for part in context:
        if isinstance(part, Mapping):
            found.update({name: uri for name, uri in part.items() if isinstance(uri, str)})
    return found


# Members in the order of the standard, with the way in which each is written.
_ORDER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "eventTime": "time",
        "eventTimeZoneOffset": "value",
        "certificationInfo": "value",
        "parentID": "value",
        "epcList": "epcs",
        "inputEPCList": "epcs",
        "childEPCs": "epcs",
        "quantityList": "quantities",
        "childQuantityList": "quantities",
        "inputQuantityList": "quantities",
        "outputEPCList": "epcs",
        "outputQuantityList": "quantities",
        "action": "value",
        "transformationID": "value",
        "bizStep": "BizStep-",
        "disposition": "Disp-",
        "persistentDisposition": "dispositions",
        "readPoint": "place",
        "bizLocation": "place",
        "sensorElementList": "sensors",
    }
)
# The published hashes write these three among the extensions, in order of name: destinations come
# before `ilmd`, and that before sources.
_TYPED_LISTS: Final = MappingProxyType(
    {"bizTransactionList": "BTT-", "sourceList": "SDT-", "destinationList": "SDT-"}
)
_TIMES: Final = ("time", "startTime", "endTime")
_METADATA: Final = (*_TIMES, "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
_REPORT: Final = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time",
    "microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue",
    "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue",
    "uom", "coordinateReferenceSystem",
)  # fmt: skip


@dataclass(frozen=True)
class _Reader:
    """Writes members of one event as the hash wants them, under its namespaces."""

    namespaces: Mapping[str, str]

    def field(self, name: str, value: Any) -> str:
        """One member of the fixed order; empty lists and objects say nothing."""
        way = _ORDER[name]
        if way == "time":
            return f"{name}={_instant(value)}"
        if way == "epcs":
            return self._listed(name, (f"epc={self._value(epc)}" for epc in value))
        if way == "quantities":
            return self._listed(name, map(self._quantity, value))
        if way == "place":
            return self._named(name, self._members(value, ("id",)))
        if way == "dispositions":
            return self._named(name, self._dispositions(value))
        if way == "sensors":
            return self._listed(name, map(self._sensor, value))
        if way == "value":
            return "".join(sorted(f"{name}={self._value(one)}" for one in _as_list(value)))
        return f"{name}={self._term(value, way)}"

    def extensions(self, members: Event) -> str:
        """Members that the standard does not order: by name and value, the deeper ones within."""
        found: list[str] = []
        for name, value in members.items():
            if name in _TYPED_LISTS:
                found.append(self._typed_list(name, value))
            elif name not in _COMMENTS:
                found += self._extension(self._name(name), value)
        return "".join(sorted(found))

    def _extension(self, name: str, value: Any) -> Iterator[str]:
        if isinstance(value, Mapping):
            yield name + self.extensions(value)
        elif isinstance(value, list):
            if name.endswith("List"):
                name, head = name.removesuffix("List"), name
                yield head + "".join(sorted(part for one in value for part in self._extension(name, one)))
            else:
                for one in value:
                    yield from self._extension(name, one)
        else:
            text = self._value(value)
            yield f"{name}={text}" if text else name

    def _quantity(self, element: Event) -> str:
        return "quantityElement" + self._members(element, ("epcClass", "quantity", "uom"))

    def _members(self, element: Event, order: Sequence[str]) -> str:
        written = [f"{name}={self._plain(name, element[name])}" for name in order if name in element]
        rest = {name: value for name, value in element.items() if name not in order}
        return "".join(written) + self.extensions(rest)

    def _plain(self, name: str, value: Any) -> str:
        return _instant(value) if name in _TIMES else self._value(value)

    def _dispositions(self, value: Event) -> str:
        return "".join(
            "".join(sorted(f"{name}={self._term(one, 'Disp-')}" for one in _as_list(value[name])))
            for name in ("set", "unset")
            if name in value
        )

    def _typed_list(self, name: str, items: Sequence[Event]) -> str:
        thing = name.removesuffix("List")
        return self._listed(name, (self._typed(item, thing, _TYPED_LISTS[name]) for item in items))

    def _typed(self, item: Event, thing: str, vocabulary: str) -> str:
        kind = f"type={self._term(item['type'], vocabulary)}" if "type" in item else ""
        rest = {name: value for name, value in item.items() if name not in {"type", thing}}
        return kind + f"{thing}={self._value(item[thing])}" + self.extensions(rest)

    def _sensor(self, element: Event) -> str:
        metadata = self._named("sensorMetadata", self._members(element.get("sensorMetadata", {}), _METADATA))
        reports = (self._report(report) for report in element.get("sensorReport", []))
        rest = {name: v for name, v in element.items() if name not in {"sensorMetadata", "sensorReport"}}
        return "sensorElement" + metadata + "".join(sorted(reports)) + self.extensions(rest)

    def _report(self, report: Event) -> str:
        terms = {"type": "gs1:", "exception": "gs1:", "component": "cbv:Comp-"}
        bare = {
            name: f"{prefix}{report[name]}"
            for name, prefix in terms.items()
            if ":" not in report.get(name, ":")
        }
        return "sensorReport" + self._members({**report, **bare}, _REPORT)

    def _listed(self, name: str, items: Iterable[str]) -> str:
        return self._named(name, "".join(sorted(items)))

    @staticmethod
    def _named(name: str, written: str) -> str:
        return name + written if written else ""

    def _name(self, name: str) -> str:
        prefix, colon, local = name.partition(":")
        return f"{{{self.namespaces[prefix]}}}{local}" if colon and prefix in self.namespaces else name

    def _term(self, word: str, vocabulary: str) -> str:
        return self._value(word) if ":" in word else f"{_CBV}{vocabulary}{word}"

    def _value(self, value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        text = str(value).strip()
        prefix, colon, local = text.partition(":")
        if colon and prefix in self.namespaces:
            text = self.namespaces[prefix] + local
        for old, new in _OLD_VOCABULARY:
            text = text.replace(old, new)
        if _NUMBER.fullmatch(text):
            return _number(text)
        return canonical_uri(text) or text


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _number(text: str) -> str:
    """A number without sign plus, leading or trailing zeros."""
    written = f"{Decimal(text):f}"
    bare = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if bare in {"-0", ""} else bare


def _instant(written: object) -> str:
    """A time in UTC to the millisecond, rounded half up."""
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError as exc:
        raise NotAnEvent(reason="time") from exc
    if moment.tzinfo is None:
        raise NotAnEvent(reason="time-without-zone")
    rounded = moment.astimezone(UTC) + timedelta(microseconds=500)
    return rounded.strftime("%Y-%m-%dT%H:%M:%S.") + f"{rounded.microsecond // 1000:03d}Z"


# --- what an event says of goods --------------------------------------------------------------


@dataclass(frozen=True)
class LotQuantity:
    """Grams that an event put into a lot (positive) or took out of it (negative)."""

    gtin: str
    lot_no: str
    grams: int


def lot_quantities(body: Event) -> list[LotQuantity]:
    """What an event changes in the weight of lots, in its order; observing changes nothing.

    An event declared an error takes back what the first telling of it did. Only grams count
    (UN/ECE `GRM`). Raises NotAnEvent for a lot or a weight that is none.
    """
    sign = -1 if "errorDeclaration" in body else 1
    if body.get("type") == "TransformationEvent":
        taken = [_lot_quantity(one, -sign) for one in body.get("inputQuantityList", [])]
        return taken + [_lot_quantity(one, sign) for one in body.get("outputQuantityList", [])]
    signs = {"ADD": sign, "DELETE": -sign}
    if body.get("type") != "ObjectEvent" or body.get("action") not in signs:
        return []
    return [_lot_quantity(one, signs[body["action"]]) for one in body.get("quantityList", [])]


def _lot_quantity(element: Event, sign: int) -> LotQuantity:
    parts = re.fullmatch(rf"{DOMAIN}/01/([0-9]{{14}})/10/([^/]+)", str(element.get("epcClass")))
    grams = element.get("quantity")
    if parts is None or element.get("uom") != "GRM" or not isinstance(grams, int) or isinstance(grams, bool):
        raise NotAnEvent(reason="quantity")
    return LotQuantity(parts[1], unquote(parts[2]), sign * grams)


def packs(body: Event) -> list[tuple[str, str]]:
    """GTIN and serial of every pack that an event names, made or moved, in its order."""
    named = [*body.get("epcList", []), *body.get("outputEPCList", [])]
    found = (re.fullmatch(rf"{DOMAIN}/01/([0-9]{{14}})/21/([^/]+)", str(epc)) for epc in named)
    return [(parts[1], unquote(parts[2])) for parts in found if parts]
