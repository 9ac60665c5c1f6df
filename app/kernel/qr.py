"""QR codes with integer pixels; the one door to segno.

A fixed mask is five times faster than choosing one and decodes as well; error level M for retail
packs, Q for crates and field labels (GS1 Digital Link with a serial is about 62 characters).
"""

import io
from typing import Literal

import segno

Level = Literal["M", "Q"]
QUIET_ZONE = 4  # modules, ISO/IEC 18004


def _code(text: str, level: Level) -> segno.QRCode:
    return segno.make(text, error=level, micro=False, boost_error=False, mask=3)


def modules(text: str, *, level: Level = "Q") -> int:
    """Modules on a side with the quiet zone, to choose a size in whole pixels."""
    return int(_code(text, level).symbol_size(border=QUIET_ZONE)[0])


def svg(text: str, *, level: Level = "Q", title: str | None = None) -> str:
    """An inline SVG of one unit a module, white ground included; no inline style, so a strict CSP holds."""
    out = io.BytesIO()
    _code(text, level).save(
        out,
        kind="svg",
        border=QUIET_ZONE,
        xmldecl=False,
        svgns=True,
        omitsize=True,
        title=title,
        dark="#000",
        light="#fff",
        svgclass="qr",
        lineclass=None,
    )
    return out.getvalue().decode()


def png(text: str, *, level: Level = "Q", px_per_module: int = 5) -> bytes:
    """A PNG whose modules are `px_per_module` whole pixels."""
    out = io.BytesIO()
    _code(text, level).save(
        out, kind="png", border=QUIET_ZONE, scale=px_per_module, dark="#000", light="#fff"
    )
    return out.getvalue()
