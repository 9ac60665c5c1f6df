"""Every spelling of a GS1 identifier in an event, brought to one: pure.

`urn:epc:…` names and Digital Link addresses of any domain say the same thing. The CBV event hash
wants the constrained canonical form: https://id.gs1.org, the key with its finest qualifier only, no
consumer variant, no query. Anything else is left as it is (None).

Source: CBV 2.0, section 8.9 (event hash); GS1 EPC Tag Data Standard 1.13, section 6.3 (URN schemes).
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from app.registry.gs1 import check_digit

DOMAIN: Final = "https://id.gs1.org"

_SERIAL = r"((?:%[0-9A-Fa-f]{2}|[!'()*+,.0-9:;=A-Za-z_\-])+)"
# Signs that a Digital Link escapes and an EPC URN leaves bare.
_ESCAPES: Final = {ord(sign): f"%{ord(sign):02X}" for sign in "!()*+,:"}


def _gtin(prefix: str, item: str) -> str:
    """GTIN-14 of company prefix and item reference, whose first digit is the indicator."""
    body = item[0] + prefix + item[1:]
    return body + check_digit(body)


def _checked(body: str) -> str:
    return body + check_digit(body)


def _sgln(prefix: str, location: str, extension: str) -> str:
    gln = f"/414/{_checked(prefix + location)}"
    return gln if extension == "0" else f"{gln}/254/{_escaped(extension)}"


def _escaped(serial: str) -> str:
    return serial.translate(_ESCAPES)


_D = r"([0-9]+)"  # digits, at least one
_D0 = r"([0-9]*)"  # digits, none where the prefix takes all of the key

# One row a scheme: how the name looks behind its scheme, and the path that it means.
_URNS: Final[Mapping[str, tuple[str, Callable[..., str]]]] = MappingProxyType(
    {
        "id:sgtin": (rf"{_D}\.{_D}\.{_SERIAL}", lambda p, i, s: f"/01/{_gtin(p, i)}/21/{_escaped(s)}"),
        "id:sscc": (rf"{_D}\.{_D}", lambda p, s: f"/00/{_checked(s[0] + p + s[1:])}"),
        "id:sgln": (rf"{_D}\.{_D0}\.{_SERIAL}", _sgln),
        "id:pgln": (rf"{_D}\.{_D0}", lambda p, r: f"/417/{_checked(p + r)}"),
        "id:grai": (rf"{_D}\.{_D0}\.{_SERIAL}", lambda p, t, s: f"/8003/0{_checked(p + t)}{_escaped(s)}"),
        "id:giai": (rf"{_D}\.{_SERIAL}", lambda p, s: f"/8004/{p}{_escaped(s)}"),
        "id:gsrn": (rf"{_D}\.{_D}", lambda p, s: f"/8018/{_checked(p + s)}"),
        "id:gsrnp": (rf"{_D}\.{_D}", lambda p, s: f"/8017/{_checked(p + s)}"),
        "id:gdti": (rf"{_D}\.{_D0}\.{_SERIAL}", lambda p, t, s: f"/253/{_checked(p + t)}{_escaped(s)}"),
        "id:sgcn": (rf"{_D}\.{_D0}\.{_D}", lambda p, c, s: f"/255/{_checked(p + c)}{s}"),
        "id:cpi": (rf"{_D}\.([0-9A-Za-z%\-]+)\.{_D}", lambda p, c, s: f"/8010/{p}{c}/8011/{s}"),
        "id:ginc": (rf"{_D}\.{_SERIAL}", lambda p, s: f"/401/{p}{_escaped(s)}"),
        "id:gsin": (rf"{_D}\.{_D}", lambda p, s: f"/402/{_checked(p + s)}"),
        "id:itip": (
            rf"{_D}\.{_D}\.([0-9]{{2}})\.([0-9]{{2}})\.{_SERIAL}",
            lambda p, i, n, of, s: f"/8006/{_gtin(p, i)}{n}{of}/21/{_escaped(s)}",
        ),
        "id:upui": (rf"{_D}\.{_D}\.{_SERIAL}", lambda p, i, s: f"/01/{_gtin(p, i)}/235/{_escaped(s)}"),
        "class:lgtin": (rf"{_D}\.{_D}\.{_SERIAL}", lambda p, i, s: f"/01/{_gtin(p, i)}/10/{_escaped(s)}"),
        "idpat:sgtin": (rf"{_D}\.{_D}\.\*", lambda p, i: f"/01/{_gtin(p, i)}"),
        "idpat:upui": (rf"{_D}\.{_D}\.\*", lambda p, i: f"/01/{_gtin(p, i)}"),
        "idpat:grai": (rf"{_D}\.{_D0}\.\*", lambda p, t: f"/8003/0{_checked(p + t)}"),
        "idpat:gdti": (rf"{_D}\.{_D0}\.\*", lambda p, t: f"/253/{_checked(p + t)}"),
        "idpat:sgcn": (rf"{_D}\.{_D0}\.\*", lambda p, c: f"/255/{_checked(p + c)}"),
        "idpat:cpi": (rf"{_D}\.([0-9A-Za-z%\-]+)\.\*", lambda p, c: f"/8010/{p}{c}"),
        "idpat:itip": (
            rf"{_D}\.{_D}\.([0-9]{{2}})\.([0-9]{{2}})\.\*",
            lambda p, i, n, of: f"/8006/{_gtin(p, i)}{n}{of}",
        ),
    }
)

# Digits that EPC names of a key share: company prefix and reference together.
_PREFIXED_DIGITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("sgtin", "lgtin", "upui", "itip"), 13),
        **dict.fromkeys(("sscc", "gsrn", "gsrnp"), 17),
        "gsin": 16,
        **dict.fromkeys(("sgln", "pgln", "grai", "gdti", "sgcn"), 12),
    }
)

# Digital Link keys by number or by the older short name: the number, its value, its qualifiers from
# fine to coarse.
_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gtin": "01", "sscc": "00", "gln": "414", "party": "417", "grai": "8003", "giai": "8004",
        "gsrn": "8018", "gsrnp": "8017", "gdti": "253", "gcn": "255", "cpid": "8010", "ginc": "401",
        "gsin": "402", "itip": "8006", "cpv": "22", "lot": "10", "ser": "21", "glnx": "254", "cpsn": "8011",
    }
)  # fmt: skip
_KEYS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "00": (r"[0-9]{18}", ()),
        "01": (r"[0-9]{8}|[0-9]{12,14}", ("21", "235", "10")),
        "253": (r"[0-9]{13}[^/]{0,17}", ()),
        "255": (r"[0-9]{13,25}", ()),
        "401": (r"[^/]{1,30}", ()),
        "402": (r"[0-9]{17}", ()),
        "414": (r"[0-9]{13}", ("254",)),
        "417": (r"[0-9]{13}", ()),
        "8003": (r"[0-9]{14}[^/]{0,16}", ()),
        "8004": (r"[0-9]{4}[^/]{1,60}", ()),
        "8006": (r"[0-9]{18}", ("21", "10")),
        "8010": (r"[0-9]{4}[^/]{1,60}", ("8011",)),
        "8017": (r"[0-9]{18}", ()),
        "8018": (r"[0-9]{18}", ()),
    }
)


def canonical_uri(uri: str) -> str | None:
    """The constrained canonical Digital Link of an EPC URN or a Digital Link, or None for others."""
    if uri.startswith("urn:epc:"):
        return _from_urn(uri)
    if uri.startswith(("http://", "https://")):
        return _from_link(uri)
    return None


def _from_urn(urn: str) -> str | None:
    kind, _, rest = urn.removeprefix("urn:epc:").partition(":")
    scheme, _, name = rest.partition(":")
    known = _URNS.get(f"{kind}:{scheme}")
    parts = re.fullmatch(known[0], name) if known else None
    if known is None or parts is None:
        return None
    digits = _PREFIXED_DIGITS.get(scheme)
    if digits is not None and len(parts[1]) + len(parts[2]) != digits:
        return None
    return DOMAIN + known[1](*parts.groups())


def _from_link(uri: str) -> str | None:
    path = re.sub(r"[?#].*", "", uri.partition("://")[2]).partition("/")[2]
    parts = path.split("/")
    for start in range(len(parts) - 1):
        key = _ALIASES.get(parts[start], parts[start])
        if key in _KEYS and (len(parts) - start) % 2 == 0 and re.fullmatch(_KEYS[key][0], parts[start + 1]):
            return _constrained(key, parts[start + 1 :])
    return None


def _constrained(key: str, values: list[str]) -> str:
    value = values[0].zfill(14) if key == "01" else values[0]
    names = [_ALIASES.get(name, name) for name in values[1::2]]
    qualifiers = dict(zip(names, values[2::2], strict=True))
    finest = next((name for name in _KEYS[key][1] if name in qualifiers), None)
    return f"{DOMAIN}/{key}/{value}" + (f"/{finest}/{qualifiers[finest]}" if finest else "")
