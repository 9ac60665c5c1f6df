"""VietQR: the text inside a bank-transfer QR code of Vietnam, written and read strictly. Pure.

A list of objects: tag (two digits), length (two digits, in characters), value; templates hold
objects again; a CRC stands last. It is an instruction to the payer's bank, not a payment: nothing
in it proves that money came.

Source: EMVCo "QR Code Specification for Payment Systems, Merchant-Presented Mode" 1.1 and NAPAS
"Technical Specifications on NAPAS QR Switching, Part IV" 1.5.2. A right CRC alone says little: an
example printed in the latter has one over broken lengths, so every length must close.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.kernel.problems import Invalid

Service = Literal["QRIBFTTA", "QRIBFTTC"]  # to an account, to a card

LONGEST_PURPOSE: Final = 25
_GUID: Final = "A000000727"  # NAPAS
_VND: Final = "704"  # ISO 4217 numeric; đồng has no decimals
_STATIC, _DYNAMIC = "11", "12"
# EMVCo objects that banks add and that change neither the receiver nor the amount:
# merchant category, name, city, postal code, and the name in another language.
_HARMLESS: Final = frozenset({"52", "59", "60", "61", "64"})
_KNOWN: Final = frozenset({"00", "01", "38", "53", "54", "58", "62", "63"}) | _HARMLESS
_BIN = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")
_AMOUNT = re.compile(r"[1-9][0-9]{0,12}")
_REFERENCE = re.compile(r"[ -~]{1,25}")


class BadVietQR(Invalid):
    """Not a VietQR text, or not one that a bank would read as meant; `reason` says where."""

    type, field = "bad-vietqr", "payload"

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)


@dataclass(frozen=True)
class VietQR:
    """A transfer to one account; without an amount the payer types it himself.

    `bin` is the bank's six digits, `amount` whole đồng, `bill_number` and `purpose` at most 25
    ASCII characters (see `bank_purpose`). Raises BadVietQR for anything that cannot be written.
    """

    bin: str
    account: str
    service: Service = "QRIBFTTA"
    amount: int | None = None
    bill_number: str | None = None
    purpose: str | None = None

    def __post_init__(self) -> None:
        _demand(bool(_BIN.fullmatch(self.bin)), "bin")
        _demand(bool(_ACCOUNT.fullmatch(self.account)), "account")
        _demand(self.service in ("QRIBFTTA", "QRIBFTTC"), "service")
        _demand(self.amount is None or bool(_AMOUNT.fullmatch(str(self.amount))), "amount")
        for name, text in (("bill_number", self.bill_number), ("purpose", self.purpose)):
            _demand(text is None or bool(_REFERENCE.fullmatch(text)), name)


def encode(transfer: VietQR) -> str:
    """The text to draw as a QR code, ASCII, with its CRC."""
    beneficiary = _object("00", transfer.bin) + _object("01", transfer.account)
    napas = _object("00", _GUID) + _object("01", beneficiary) + _object("02", transfer.service)
    more = _object("01", transfer.bill_number) + _object("08", transfer.purpose)
    payload = (
        _object("00", "01")
        + _object("01", _STATIC if transfer.amount is None else _DYNAMIC)
        + _object("38", napas)
        + _object("53", _VND)
        + _object("54", None if transfer.amount is None else str(transfer.amount))
        + _object("58", "VN")
        + _object("62", more or None)
        + "6304"
    )
    return payload + crc(payload)


def decode(payload: str) -> VietQR:
    """The transfer that a VietQR text asks for.

    Raises BadVietQR: a wrong CRC, a length that does not close, an object twice, missing or
    unknown, tips or fees, another currency or country, a value that cannot be.
    """
    _demand(payload.isascii() and len(payload) <= 512, "ascii")
    _demand(payload[-8:-4] == "6304" and payload[-4:] == crc(payload[:-4]), "crc")
    objects = _objects(payload, "payload")
    tags = list(objects)
    _demand((tags[0], tags[-1]) == ("00", "63"), "order")
    _demand(objects.keys() <= _KNOWN, "unknown-tag")
    _demand(_one(objects, "00") == "01", "00")
    _demand((_one(objects, "53"), _one(objects, "58")) == (_VND, "VN"), "currency-or-country")
    napas = _exactly(_one(objects, "38"), ("00", "01", "02"), "38")
    _demand(napas["00"] == _GUID, "38/00")
    beneficiary = _exactly(napas["01"], ("00", "01"), "38/01")
    more = _objects(objects["62"], "62") if "62" in objects else {}
    return VietQR(
        bin=beneficiary["00"],
        account=beneficiary["01"],
        service=_service(napas["02"]),
        amount=_amount(_one(objects, "01"), objects.get("54")),
        bill_number=more.get("01"),
        purpose=more.get("08"),
    )


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE of ASCII text as four upper-case hex digits ("123456789" → "29B1").

    Polynomial 0x1021, initial 0xFFFF, not reflected, no final xor.
    """
    register = 0xFFFF
    for byte in text.encode("ascii"):
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ 0x1021 if register & 0x8000 else register << 1
        register &= 0xFFFF
    return f"{register:04X}"


def bank_purpose(text: str) -> str:
    """Text as every bank's application keeps it: ASCII letters, digits and spaces, at most 25.

    Diacritics are folded, other signs become spaces, and a word is cut only when it fills the line.
    """
    bare = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(c for c in bare if not unicodedata.combining(c))
    words = " ".join(re.sub(r"[^0-9A-Za-z]+", " ", kept).split())
    if len(words) <= LONGEST_PURPOSE:
        return words
    return words[: LONGEST_PURPOSE + 1].rpartition(" ")[0] or words[:LONGEST_PURPOSE]


def _object(tag: str, value: str | None) -> str:
    """One object, or nothing where there is no value. Lengths of two digits end at 99."""
    if not value:
        return ""
    _demand(len(value) <= 99, tag)
    return f"{tag}{len(value):02d}{value}"


def _objects(text: str, where: str) -> dict[str, str]:
    """Objects in order; refuses what does not close exactly at the end, and a tag twice."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        head = re.fullmatch(r"([0-9]{2})([0-9]{2})", text[at : at + 4])
        if head is None:
            raise BadVietQR(reason=f"{where}: tag and length at {at}")
        tag, length = head[1], int(head[2])
        value = text[at + 4 : at + 4 + length]
        _demand(len(value) == length and length > 0, f"{where}: length of {tag}")
        _demand(tag not in found, f"{where}: {tag} twice")
        found[tag] = value
        at += 4 + length
    return found


def _exactly(text: str, tags: Sequence[str], where: str) -> dict[str, str]:
    objects = _objects(text, where)
    _demand(sorted(objects) == list(tags), f"{where}: tags")
    return objects


def _one(objects: dict[str, str], tag: str) -> str:
    _demand(tag in objects, f"{tag} missing")
    return objects[tag]


def _service(code: str) -> Service:
    if code == "QRIBFTTA":
        return "QRIBFTTA"
    if code == "QRIBFTTC":
        return "QRIBFTTC"
    raise BadVietQR(reason="38/02")


def _amount(method: str, written: str | None) -> int | None:
    """Đồng: given exactly when the code says that it is dynamic, without decimals."""
    _demand(method == (_STATIC if written is None else _DYNAMIC), "method and amount")
    if written is None:
        return None
    _demand(bool(_AMOUNT.fullmatch(written)), "amount")
    return int(written)


def _demand(holds: bool, reason: str) -> None:
    if not holds:
        raise BadVietQR(reason=reason)
