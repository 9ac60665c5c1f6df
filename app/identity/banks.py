"""Banks by the number (BIN) under which NAPAS takes transfers for them: read as a name, typed as either.

Source: the table of npm `vietnam-qr-pay` 1.5.1 (MIT, github.com/xuannghia/vietnam-qr-pay), `constants/banks`,
without names given up since and without a bank that has no BIN: facts, read on 2026-11-26. NAPAS
publishes its members as a page, not as data; a number that is not here is shown as it is.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from app.kernel.problems import Invalid
from app.kernel.text import fold

# BIN, the name that people say, the code that banks' own lists use, the whole name
_ROWS: Final = (
    ("970425", "AB Bank", "ABB", "Ngân hàng TMCP An Bình"),
    ("970416", "ACB", "ACB", "Ngân hàng TMCP Á Châu"),
    ("970405", "Agribank", "AGRIBANK", "Ngân hàng Nông nghiệp và Phát triển Nông thôn Việt Nam"),
    ("970409", "BacA Bank", "BAB", "Ngân hàng TMCP Bắc Á"),
    ("970438", "BaoViet Bank", "BAOVIETBANK", "Ngân hàng TMCP Bảo Việt"),
    ("970418", "BIDV", "BID", "Ngân hàng TMCP Đầu tư và Phát triển Việt Nam"),
    ("970454", "BVBank", "BVB", "Ngân hàng TMCP Bản Việt"),
    ("546034", "CAKE by VPBank", "CAKE", "Ngân hàng số CAKE by VPBank - Ngân hàng TMCP Việt Nam Thịnh Vượng"),
    ("970444", "CB Bank", "VNCB", "Ngân hàng Thương mại TNHH MTV Xây dựng Việt Nam"),
    ("422589", "CIMB Bank", "CIMB", "Ngân hàng TNHH MTV CIMB Việt Nam"),
    ("970446", "Co-op Bank", "COOPBANK", "Ngân hàng Hợp tác xã Việt Nam"),
    ("796500", "DBS Bank", "DBS", "NH TNHH MTV Phát triển Singapore - Chi nhánh TP. Hồ Chí Minh"),
    ("970431", "Eximbank", "EIB", "Ngân hàng TMCP Xuất Nhập khẩu Việt Nam"),
    ("970408", "GPBank", "GPBANK", "Ngân hàng Thương mại TNHH MTV Dầu Khí Toàn Cầu"),
    ("970437", "HDBank", "HDB", "Ngân hàng TMCP Phát triển TP. Hồ Chí Minh"),
    ("970442", "HongLeong Bank", "HLB", "Ngân hàng TNHH MTV Hong Leong Việt Nam"),
    ("458761", "HSBC Vietnam", "HSBC", "Ngân hàng TNHH MTV HSBC (Việt Nam)"),
    ("970456", "IBK HCM", "IBKHCM", "Ngân hàng Công nghiệp Hàn Quốc - Chi nhánh TP. Hồ Chí Minh"),
    ("970455", "IBK HN", "IBKHN", "Ngân hàng Công nghiệp Hàn Quốc - Chi nhánh Hà Nội"),
    ("970434", "Indovina Bank", "IVB", "Ngân hàng TNHH Indovina"),
    ("668888", "Kasikornbank", "KBANK", "Ngân hàng Đại chúng TNHH KASIKORNBANK - CN TP. Hồ Chí Minh"),
    ("970452", "KienlongBank", "KLB", "Ngân hàng TMCP Kiên Long"),
    ("970463", "Kookmin Bank HCM", "KBHCM", "Ngân hàng Kookmin - Chi nhánh TP. Hồ Chí Minh"),
    ("970462", "Kookmin Bank HN", "KBHN", "Ngân hàng Kookmin - Chi nhánh Hà Nội"),
    ("963369", "Liobank", "LIOBANK", "Ngân hàng số Liobank - Ngân hàng TMCP Phương Đông"),
    ("970449", "LPBank", "LPB", "Ngân hàng TMCP Lộc Phát Việt Nam"),
    ("970422", "MB Bank", "MBB", "Ngân hàng TMCP Quân đội"),
    ("970414", "MBV", "MBV", "Ngân hàng TNHH MTV Việt Nam Hiện Đại"),
    ("971025", "MoMo", "MOMO", "CTCP Dịch Vụ Di Động Trực Tuyến"),
    ("970426", "MSB", "MSB", "Ngân hàng TMCP Hàng Hải"),
    ("970428", "Nam A Bank", "NAB", "Ngân hàng TMCP Nam Á"),
    ("970419", "NCB Bank", "NVB", "Ngân hàng TMCP Quốc Dân"),
    ("801011", "Nonghyup Bank", "NONGHYUP", "Ngân hàng Nonghyup - Chi nhánh Hà Nội"),
    ("970448", "OCB Bank", "OCB", "Ngân hàng TMCP Phương Đông"),
    ("970430", "PG Bank", "PGB", "Ngân hàng TMCP Xăng dầu Petrolimex"),
    ("970439", "Public Bank Vietnam", "PBVN", "Ngân hàng TNHH MTV Public Việt Nam"),
    ("970412", "PVcomBank", "PVCOMBANK", "Ngân hàng TMCP Đại Chúng Việt Nam"),
    ("970403", "Sacombank", "STB", "Ngân hàng TMCP Sài Gòn Thương Tín"),
    ("970400", "SaigonBank", "SGB", "Ngân hàng TMCP Sài Gòn Công Thương"),
    ("970429", "SCB", "SCB", "Ngân hàng TMCP Sài Gòn"),
    ("970440", "SeABank", "SSB", "Ngân hàng TMCP Đông Nam Á"),
    ("970443", "SHB", "SHB", "Ngân hàng TMCP Sài Gòn - Hà Nội"),
    ("970424", "Shinhan Bank", "SVB", "Ngân hàng TNHH MTV Shinhan Việt Nam"),
    ("970410", "Standard Chartered Vietnam", "SC", "Ngân hàng TNHH MTV Standard Chartered Bank Việt Nam"),
    ("970407", "Techcombank", "TCB", "Ngân hàng TMCP Kỹ thương Việt Nam"),
    ("963388", "Timo", "TIMO", "Ngân hàng số Timo by Bản Việt Bank"),
    ("970423", "TPBank", "TPB", "Ngân hàng TMCP Tiên Phong"),
    (
        "546035",
        "Ubank by VPBank",
        "UBANK",
        "Ngân hàng số Ubank by VPBank - Ngân hàng TMCP Việt Nam Thịnh Vượng",
    ),
    ("970458", "United Overseas Bank Vietnam", "UOB", "Ngân hàng United Overseas Bank Việt Nam"),
    ("970441", "VIB", "VIB", "Ngân hàng TMCP Quốc tế Việt Nam"),
    ("970427", "VietABank", "VAB", "Ngân hàng TMCP Việt Á"),
    ("970433", "VietBank", "VBB", "Ngân hàng TMCP Việt Nam Thương Tín"),
    ("970436", "Vietcombank", "VCB", "Ngân hàng TMCP Ngoại Thương Việt Nam"),
    ("970415", "VietinBank", "CTG", "Ngân hàng TMCP Công thương Việt Nam"),
    ("970421", "VietNgaBank", "VRB", "Ngân hàng Liên doanh Việt - Nga"),
    ("970406", "Vikki Bank", "VIKKI", "Ngân hàng TNHH MTV Số Vikki"),
    ("970432", "VPBank", "VPB", "Ngân hàng TMCP Việt Nam Thịnh Vượng"),
    ("970457", "Woori Bank", "WRB", "Ngân hàng TNHH MTV Woori Việt Nam"),
)
BANKS: Final[Mapping[str, str]] = MappingProxyType({bank_bin: name for bank_bin, name, _, _ in _ROWS})
"""Names by BIN, in the order of the names."""

TO_CHOOSE: Final = tuple(f"{name} – {whole}" for _, name, _, whole in _ROWS)
"""Each bank by both of its names, as a list offers it and as `parse_bank` takes it."""


class UnknownBank(Invalid):
    """Neither six digits nor a name that one bank alone has."""

    type, field = "unknown-bank", "bank_bin"


def bank_name(bank_bin: str | None) -> str:
    """What people call the bank of a BIN; the number itself for one that is not in the table."""
    return BANKS.get(bank_bin or "", bank_bin or "")


def parse_bank(typed: str) -> str:
    """The BIN of a bank that was typed by a name, by its code or as six digits. Raises UnknownBank.

    Diacritics, capitals and the legal form (`TMCP`, `TNHH MTV`) may be left out, and so may the end of a
    whole name (`Ngân hàng Nông nghiệp`). Money goes there: what fits two banks is no bank.
    """
    text = typed.strip()
    if len(text) == 6 and text.isascii() and text.isdecimal():
        return text
    fitting = _fitting(text)
    if len(fitting) != 1:
        raise UnknownBank(typed=text[:120])
    return fitting.pop()


def _fitting(typed: str) -> set[str]:
    """Banks that may be meant, read in the surest way that finds any."""
    if as_written := _with(_written(), _joined(typed)):
        return as_written
    core = _core(typed)
    whole = {bank_bin for name, bank_bin in _cores() if _joined(name) == _joined(core)}
    short = _with(_shorts(), _short(core))
    says_its_form = _FORM.search(_words(typed)) is not None
    if says_its_form and whole:  # `Ngân hàng Sài Gòn` is SCB by law, `Sài Gòn` may be SaigonBank too
        return whole
    if whole or short:
        return whole | short
    begins = core + " " if " " in core else None
    return {bank_bin for name, bank_bin in _cores() if begins and name.startswith(begins)}


def _words(typed: str) -> str:
    return _NOT_WORD.sub(" ", fold(typed)).replace("thanh pho", "tp").strip()


def _core(name: str) -> str:
    """`a chau` of `Ngân hàng TMCP Á Châu`: without legal form and, at the end, without the country."""
    return " ".join(_FORM.sub(" ", _words(name)).split()).removesuffix(" viet nam")


def _joined(name: str) -> str:
    return _words(name).replace(" ", "")


def _short(name: str) -> str:
    """`MB Bank`, `mbbank` and `MB` are one name."""
    joined = _joined(name)
    short = joined.removesuffix("bank")
    return short if len(short) > 1 else joined


def _with(spelled: Iterable[tuple[str, str]], wanted: str) -> set[str]:
    return {bank_bin for spelling, bank_bin in spelled if spelling == wanted}


_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
_FORM: Final = re.compile(
    r"\b(ngan hang|nh|lien doanh|thuong mai|co phan|tmcp"
    r"|trach nhiem huu han|tnhh|mot thanh vien|mtv|chi nhanh|cn)\b"
)


# Spelled when somebody types a bank, and once: at the import it would be a part of every process's start.
@cache
def _written() -> tuple[tuple[str, str], ...]:
    return tuple(
        (_joined(spelling), bank_bin)
        for (bank_bin, name, code, whole), choice in zip(_ROWS, TO_CHOOSE, strict=True)
        for spelling in (name, code, whole, choice)
    )


@cache
def _cores() -> tuple[tuple[str, str], ...]:
    return tuple((_core(whole), bank_bin) for bank_bin, _, _, whole in _ROWS)


@cache
def _shorts() -> tuple[tuple[str, str], ...]:
    return tuple((_short(word), bank_bin) for bank_bin, name, code, _ in _ROWS for word in (name, code))
