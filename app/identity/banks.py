"""Banks by the number (BIN) under which NAPAS takes transfers for them: read as a name, typed as either.

Source: the table of npm `vietnam-qr-pay` 1.5.1 (MIT, github.com/xuannghia/vietnam-qr-pay), `constants/banks`,
without names given up since and without a bank that has no BIN: facts, read on 2026-11-26. NAPAS
publishes its members as a page, not as data; a number that is not here is shown as it is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.kernel.problems import Invalid
from app.kernel.text import fold

# BIN, the name that people say, the code that banks' own lists use
_ROWS: Final = (
    ("970425", "AB Bank", "ABB"),
    ("970416", "ACB", "ACB"),
    ("970405", "Agribank", "AGRIBANK"),
    ("970409", "BacA Bank", "BAB"),
    ("970438", "BaoViet Bank", "BAOVIETBANK"),
    ("970418", "BIDV", "BID"),
    ("970454", "BVBank", "BVB"),
    ("546034", "CAKE by VPBank", "CAKE"),
    ("970444", "CB Bank", "VNCB"),
    ("422589", "CIMB Bank", "CIMB"),
    ("970446", "Co-op Bank", "COOPBANK"),
    ("796500", "DBS Bank", "DBS"),
    ("970431", "Eximbank", "EIB"),
    ("970408", "GPBank", "GPBANK"),
    ("970437", "HDBank", "HDB"),
    ("970442", "HongLeong Bank", "HLB"),
    ("458761", "HSBC Vietnam", "HSBC"),
    ("970456", "IBK HCM", "IBKHCM"),
    ("970455", "IBK HN", "IBKHN"),
    ("970434", "Indovina Bank", "IVB"),
    ("668888", "Kasikornbank", "KBANK"),
    ("970452", "KienlongBank", "KLB"),
    ("970463", "Kookmin Bank HCM", "KBHCM"),
    ("970462", "Kookmin Bank HN", "KBHN"),
    ("963369", "Liobank", "LIOBANK"),
    ("970449", "LPBank", "LPB"),
    ("970422", "MB Bank", "MBB"),
    ("970414", "MBV", "MBV"),
    ("971025", "MoMo", "MOMO"),
    ("970426", "MSB", "MSB"),
    ("970428", "Nam A Bank", "NAB"),
    ("970419", "NCB Bank", "NVB"),
    ("801011", "Nonghyup Bank", "NONGHYUP"),
    ("970448", "OCB Bank", "OCB"),
    ("970430", "PG Bank", "PGB"),
    ("970439", "Public Bank Vietnam", "PBVN"),
    ("970412", "PVcomBank", "PVCOMBANK"),
    ("970403", "Sacombank", "STB"),
    ("970400", "SaigonBank", "SGB"),
    ("970429", "SCB", "SCB"),
    ("970440", "SeABank", "SSB"),
    ("970443", "SHB", "SHB"),
    ("970424", "Shinhan Bank", "SVB"),
    ("970410", "Standard Chartered Vietnam", "SC"),
    ("970407", "Techcombank", "TCB"),
    ("963388", "Timo", "TIMO"),
    ("970423", "TPBank", "TPB"),
    ("546035", "Ubank by VPBank", "UBANK"),
    ("970458", "United Overseas Bank Vietnam", "UOB"),
    ("970441", "VIB", "VIB"),
    ("970427", "VietABank", "VAB"),
    ("970433", "VietBank", "VBB"),
    ("970436", "Vietcombank", "VCB"),
    ("970415", "VietinBank", "CTG"),
    ("970421", "VietNgaBank", "VRB"),
    ("970406", "Vikki Bank", "VIKKI"),
    ("970432", "VPBank", "VPB"),
    ("970457", "Woori Bank", "WRB"),
)
BANKS: Final[Mapping[str, str]] = MappingProxyType({bank_bin: name for bank_bin, name, _ in _ROWS})
"""Names by BIN, in the order of the names."""


class UnknownBank(Invalid):
    """Neither a bank's name nor six digits."""

    type, field = "unknown-bank", "bank_bin"


def bank_name(bank_bin: str | None) -> str:
    """What people call the bank of a BIN; the number itself for one that is not in the table."""
    return BANKS.get(bank_bin or "", bank_bin or "")


def parse_bank(typed: str) -> str:
    """The BIN of a bank that was typed by name, by code or as six digits. Raises UnknownBank."""
    text = typed.strip()
    if len(text) == 6 and text.isascii() and text.isdecimal():
        return text
    found = _BY_WORD.get(_plain(text))
    if found is None:
        raise UnknownBank(typed=text[:40])
    return found


def _plain(words: str) -> str:
    """`MB Bank`, `mbbank` and `MB` are one name."""
    folded = fold(words).replace(" ", "").replace("-", "")
    short = folded.removesuffix("bank")
    return short if len(short) > 1 else folded


_BY_WORD: Final = {_plain(word): bank_bin for bank_bin, name, code in _ROWS for word in (code, name)}
