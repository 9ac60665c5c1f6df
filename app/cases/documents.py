"""Files that come with a case: told by their first bytes, measured, images made anew, then stored.

A photograph is re-encoded, which drops EXIF with its GPS position; the file as it came is kept under
its own address as evidence and shown to nobody.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from app.kernel import pictures
from app.kernel.pictures import NotAPicture, PictureTooLarge
from app.kernel.problems import Invalid
from app.kernel.storage import Storage
from app.kernel.text import tidy

LARGEST_BYTES: Final = pictures.LARGEST_BYTES
LONGEST_SIDE: Final = 2000


class NotADocument(Invalid):
    """Neither a PDF nor a JPEG, PNG or WebP picture that opens."""

    type, field = "not-a-document", "document"


class DocumentTooLarge(Invalid):
    """More bytes, or more pixels, than a paper needs."""

    type, field = "document-too-large", "document"


@dataclass(frozen=True)
class Checked:
    """A stored file: what it is, and where its two forms lie."""

    name: str
    content_type: str
    size_bytes: int
    sha256: str  # hex, of the file as it came
    storage_key: str
    original_key: str


def receive(storage: Storage, name: str, content: bytes) -> Checked:
    """Check a file and store it. Called before the transaction: the addresses are made of the content.

    Raises NotADocument, DocumentTooLarge, and what storage raises.
    """
    if len(content) > LARGEST_BYTES:
        raise DocumentTooLarge(limit_mb=LARGEST_BYTES // 1_000_000)
    kind = content_type_of(content)
    shown, shown_kind = (content, kind) if kind == "application/pdf" else (_made_anew(content), "image/jpeg")
    original_key = storage.put(content, kind)
    return Checked(
        name=_safe_name(name),
        content_type=shown_kind,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        storage_key=storage.put(shown, shown_kind),
        original_key=original_key,
    )


def content_type_of(content: bytes) -> str:
    """The type by the first bytes; what the browser claims does not count. Raises NotADocument."""
    kind = "application/pdf" if content.startswith(b"%PDF-") else pictures.content_type_of(content)
    if kind is None:
        raise NotADocument
    return kind


def _made_anew(content: bytes) -> bytes:
    """The picture as a JPEG without any metadata, upright, its longer side at most 2 000 pixels."""
    try:
        return pictures.jpeg(pictures.opened(content, longest_side=LONGEST_SIDE))
    except NotAPicture as broken:
        raise NotADocument from broken
    except PictureTooLarge as large:
        raise DocumentTooLarge(**large.values) from large


def _safe_name(name: str) -> str:
    bare = tidy(name.replace("\\", "/").rsplit("/", 1)[-1])
    return bare[-120:] or "tep"
