"""Papers of a case: what is taken, what is refused, and what a photograph no longer tells."""

import io
import zlib

import pytest
from PIL import Image

from app.cases import documents
from app.cases.documents import DocumentTooLarge, NotADocument
from app.kernel.storage import FolderStorage


@pytest.fixture
def storage(tmp_path):
    return FolderStorage(tmp_path / "files", secret="s" * 32)


def photo(kind="JPEG", size=(300, 200), exif=None) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, kind, **({"exif": exif} if exif else {}))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_is_made_anew_without_its_position(storage, kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (11.0, 16.0, 0.0)
    taken = documents.receive(storage, "C:\\ảnh\\vườn.jpg", photo(kind, exif=exif))
    with Image.open(io.BytesIO(storage.read(taken.storage_key))) as shown:
        assert dict(shown.getexif()) == {}
        assert shown.size == (200, 300)
    assert taken.name == "vườn.jpg"
    assert taken.content_type == "image/jpeg"
    assert storage.exists(taken.original_key)


def test_a_pdf_is_kept_as_it_came(storage):
    content = b"%PDF-1.7\n%%EOF"
    taken = documents.receive(storage, "don.pdf", content)
    assert storage.read(taken.storage_key) == content


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ\x90",
                b"\xff\xd8\xff broken", b"\x89PNG\r\n\x1a\n broken", photo()[:200]]
)  # fmt: skip
def test_what_is_no_paper_is_refused_whatever_its_name(storage, content):
    with pytest.raises(NotADocument):
        documents.receive(storage, "giay.pdf", content)


def test_a_picture_that_unpacks_to_too_many_pixels_is_refused(storage):
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (30_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(DocumentTooLarge):
        documents.receive(storage, "x.png", bomb)


def test_too_many_bytes_are_refused(storage):
    with pytest.raises(DocumentTooLarge):
        documents.receive(storage, "x.pdf", b"%PDF-" + b"0" * documents.LARGEST_BYTES)
