"""PDFs from a typst template and data; the one door to typst.

Fonts come from the built assets by path only, and a warning (a missing font or glyph) is an error:
typst falls back silently, and a label with a wrong letter must not be printed.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates" / "pdf"
FONTS = ROOT / "static" / "vendor" / "fonts"


class PDFNotMade(Exception):
    """The template did not compile cleanly; the message is typst's."""


def render(template: str, data: Mapping[str, Any], *, files: Mapping[str, bytes] | None = None) -> bytes:
    """Compile `templates/pdf/{template}` with `data` (JSON in `sys.inputs.data`) to PDF bytes.

    `files` are further inputs that the template reads by name (SVG images).
    Raises PDFNotMade when typst warns or fails.
    """
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])
    given = {"data": json.dumps(data, ensure_ascii=False)}
    with tempfile.TemporaryDirectory(prefix="coi-pdf-") as folder:
        root = Path(folder)
        main = root / "main.typ"
        main.write_bytes((TEMPLATES / template).read_bytes())
        for name, content in (files or {}).items():
            (root / name).write_bytes(content)
        try:
            made, warnings = typst.compile_with_warnings(
                main, root=root, format="pdf", font_paths=fonts, sys_inputs=given
            )
        except typst.TypstError as fault:
            raise PDFNotMade(str(fault)) from fault
    if warnings:
        raise PDFNotMade("; ".join(warning.message for warning in warnings))
    return made
