"""What a camera sees: QR codes in a rendered PDF and on a screen."""

from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import zxingcpp
from PIL import Image

_SCALE = 300 / 72  # 300 dpi, an office printer


def codes_of_pdf(file: Path) -> list[str]:
    """The text of every QR code of every page, as printed at 300 dpi."""
    document = pypdfium2.PdfDocument(file)
    try:
        pages = [page.render(scale=_SCALE).to_pil() for page in document]
    finally:
        document.close()
    return [found.text for page in pages for found in zxingcpp.read_barcodes(page)]


def picture_of_pdf(file: Path, to: Path) -> None:
    """The first page as a picture for people."""
    document = pypdfium2.PdfDocument(file)
    try:
        document[0].render(scale=1.5).to_pil().save(to)
    finally:
        document.close()


def code_on_screen(picture: bytes) -> str | None:
    """The text of the first QR code in a screenshot, or None."""
    found = zxingcpp.read_barcodes(Image.open(BytesIO(picture)))
    return found[0].text if found else None


def path_of(code: str) -> str:
    """The path of a printed address; its host may be another one than the browser's."""
    parts = urlsplit(code)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def vietqr_fields(payload: str) -> dict[str, str]:
    """Top-level fields of an EMVCo payload by two-digit tag, e.g. `54` the amount. Raises ValueError."""
    fields, at = {}, 0
    while at < len(payload):
        tag, length = payload[at : at + 2], int(payload[at + 2 : at + 4])
        fields[tag] = payload[at + 4 : at + 4 + length]
        at += 4 + length
    return fields
