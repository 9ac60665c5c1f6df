"""What the sealed contents of a proof say, in a line each, and whether they name the lot that a buyer holds.

A file about another lot is as true as any: only who reads what was sealed can tell. Bodies are read as EPCIS
2.0 in JSON, by the names of a few members and without a schema; nothing is read before its seal has held.
Standard library alone; `python -m ledger verify` loads it where there is something to read.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.core import jcs
from ledger.core.disclosures import Disclosure
from ledger.core.errors import Malformed
from ledger.core.jcs import JSONValue
from ledger.core.proofs import Item
from ledger.core.report import Outcome, Report, State, Step

_QUANTITIES: Final = ("quantityList", "inputQuantityList", "outputQuantityList", "childQuantityList")
_EPCS: Final = ("epcList", "inputEPCList", "outputEPCList", "childEPCs")
_FURTHER: Final = ("act", "state", "certificate_no")  # of bodies that are no events
_PER_KG: Final = {"KGM": 1, "GRM": 1000}  # UN/ECE Recommendation 20
_LONGEST: Final = 100  # letters of a value that are shown
_LONGEST_URI: Final = 2000
_MOST: Final = 5  # things of a kind that are named in a line

_GTIN: Final = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_LOT_NO: Final = re.compile(r"[!-~]{1,20}")
_PLAIN: Final = re.compile(rf"[!-~]{{1,{_LONGEST}}}")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_LINK: Final = re.compile(
    r"https?://[^/?#]+(?:/[^?#]*?)?/01/(?P<gtin>[0-9]+)(?:/22/[^/?#]+)?/10/(?P<lot>[^/?#]+)"
    r"(?:/21/[^/?#]+)?/?(?:[?#].*)?",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, order=True)
class Lot:
    """A lot of a trade item."""

    gtin: str  # 14 digits
    number: str

    def __str__(self) -> str:
        return f"{self.gtin}/{self.number}"


def read_lot(typed: str) -> Lot:
    """A lot as it was typed in: `GTIN/LOT`, or a GS1 Digital Link of any domain; raises Malformed."""
    typed = typed.strip()
    link = _link(typed)
    gtin, _, number = typed.partition("/") if link is None else (link["gtin"], "", _unescaped(link["lot"]))
    if not _GTIN.fullmatch(gtin) or not _LOT_NO.fullmatch(number):
        raise Malformed("not GTIN/LOT, nor a Digital Link that names both (/01/GTIN/10/LOT)")
    gtin = gtin.zfill(14)
    if sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(gtin)) % 10:
        raise Malformed("the check digit of the GTIN is wrong")
    return Lot(gtin, number)


def with_facts(report: Report, items: Sequence[Item], *, lot: Lot | None) -> Report:
    """The report of a proof with what its contents say, each behind the step of its seal; and about `lot`.

    Nothing is told of a file that is refused.
    """
    if report.outcome is Outcome.REFUSED:
        return report
    held = {step.name for step in report.steps if step.state is State.OK}
    bodies = {
        f"inclusion {item.index}": _read(item.disclosure.body)
        for item in items
        if isinstance(item.disclosure, Disclosure)
        and {f"commitment {item.index}", f"inclusion {item.index}"} <= held
    }
    state, whose = State.OK, "as it was sealed"
    if any((step.name, step.state) == ("signer", State.LACKING) for step in report.steps):
        state, whose = State.NOT_CHECKED, "as the file has it, under no key of yours"
    steps: list[Step] = []
    for step in report.steps:
        steps.append(step)
        if told := _words(bodies.get(step.name, {})):
            steps.append(Step(step.name.replace("inclusion", "content"), state, f"{whose}: {told}"))
    if lot is not None:
        steps.append(_about(lot, list(bodies.values()), count=len(items)))
    return Report(tuple(steps))


def _about(lot: Lot, bodies: Sequence[dict[str, JSONValue]], *, count: int) -> Step:
    named = [{one for uri, _ in _goods(body) if (one := _lot_of(uri))} for body in bodies]
    others = sorted(set().union(*named) - {lot})
    more = f"; other lots that are named: {_some(list(map(str, others)))}" if others else ""
    if by := sum(lot in lots for lots in named):
        return Step("lot", State.OK, f"{lot} is named by {by} of the {count} entries{more}")
    shown = f"{len(bodies)} of {count} contents could be read"
    return Step("lot", State.REFUSED, f"no verified content names {lot}; {shown}{more}")


def _read(body: bytes) -> dict[str, JSONValue]:
    try:
        value = jcs.parse(body)
    except Malformed:
        return {}
    return value if isinstance(value, dict) else {}


def _words(body: dict[str, JSONValue]) -> str:
    """A line of printable ASCII; empty for a body that is neither an event nor says its format."""
    if "eventTime" not in body and "bizStep" not in body:
        told = [f"{name} {_plain(body[name])}" for name in _FURTHER if name in body]
        return f"{_plain(body['format'])}, {', '.join(told)}" if "format" in body and told else ""
    told = [_plain(body.get("bizStep", body.get("type"))), f"at {_plain(body.get('eventTime'))}"]
    if goods := [_good(uri, element) for uri, element in _goods(body)]:
        told.append(_some(goods))
    if epcs := [epc for name in _EPCS for epc in _list(body, name)]:
        told.append(f"{len(epcs)} items, the first {_plain(epcs[0])}")
    if "errorDeclaration" in body:
        told.append("DECLARED WRONG")
    return ", ".join(told)


def _goods(body: dict[str, JSONValue]) -> Iterator[tuple[str, dict[str, JSONValue]]]:
    """Class and element of each quantity."""
    for name in _QUANTITIES:
        for element in _list(body, name):
            if isinstance(element, dict) and isinstance(uri := element.get("epcClass"), str):
                yield uri, element


def _good(uri: str, element: dict[str, JSONValue]) -> str:
    lot = _lot_of(uri)
    name = _plain(uri) if lot is None else f"lot {lot}"
    amount, unit = element.get("quantity"), element.get("uom")
    if not isinstance(amount, (int, float)) or isinstance(amount, bool):
        return name
    if isinstance(unit, str) and unit in _PER_KG:
        return f"{name} {amount / _PER_KG[unit]:.15g} kg"
    return f"{name} {amount:.15g}" + (f" {_plain(unit)}" if "uom" in element else "")


def _lot_of(uri: str) -> Lot | None:
    try:
        return read_lot(uri) if _link(uri) else None
    except Malformed:
        return None


def _link(uri: str) -> re.Match[str] | None:
    return _LINK.fullmatch(uri) if len(uri) <= _LONGEST_URI else None


def _list(body: dict[str, JSONValue], name: str) -> list[JSONValue]:
    value = body.get(name)
    return value if isinstance(value, list) else []


def _plain(value: JSONValue) -> str:
    """A value that cannot pass for words of ours: without space as it is, else quoted and escaped."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _some(told: Sequence[str]) -> str:
    more = len(told) - _MOST
    return ", ".join(told[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
