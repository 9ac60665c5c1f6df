"""Pictures that people send: told by their first bytes, measured, opened upright, made anew.

Only what is encoded here is ever shown: that drops EXIF with its GPS position, and whatever else a
file carries behind its pixels.
"""

import io
import warnings
from datetime import date, datetime
from typing import Final

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from app.kernel.problems import Invalid

LARGEST_BYTES: Final = 6_000_000
MOST_PIXELS: Final = 40_000_000
_MAGIC: Final = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_FLIP = Image.Transpose
_TURNS: Final = {
    2: _FLIP.FLIP_LEFT_RIGHT, 3: _FLIP.ROTATE_180, 4: _FLIP.FLIP_TOP_BOTTOM, 5: _FLIP.TRANSPOSE,
    6: _FLIP.ROTATE_270, 7: _FLIP.TRANSVERSE, 8: _FLIP.ROTATE_90,
}  # fmt: skip
"""What makes a picture upright, by its EXIF orientation. Pillow's `exif_transpose` does it too, but it
writes the whole EXIF anew and fails with any error on a damaged one."""

_STEPS: Final = ((1.0, (84, 76, 68, 60, 50)), (0.75, (60, 45)), (0.5, (50, 30)))
"""Scales with their WebP qualities, the best first; the last fits noise of 480 × 360 into 22 kB."""


class NotAPicture(Invalid):
    """No JPEG, PNG or WebP picture that opens."""

    type, field = "not-a-picture", "photo"


class PictureTooLarge(Invalid):
    """More bytes, or more pixels, than are opened here."""

    type, field = "picture-too-large", "photo"


def content_type_of(content: bytes) -> str | None:
    """The picture's type by its first bytes, or None; what the browser claims does not count."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)


def opened(content: bytes, *, longest_side: int) -> Image.Image:
    """The picture in RGB, upright, its longer side at most so many pixels; what is clear becomes white.

    A large JPEG is decoded at a fraction of its size, which spares time and memory.
    Raises NotAPicture, PictureTooLarge.
    """
    if len(content) > LARGEST_BYTES:
        raise _too_large()
    if content_type_of(content) is None:
        raise NotAPicture
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as found:
                if found.width * found.height > MOST_PIXELS:
                    raise _too_large()
                found.draft("RGB", (longest_side, longest_side))
                picture = _on_white(_upright(found))
        picture.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as broken:
        raise NotAPicture from broken
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
        raise _too_large() from bomb
    return picture


def taken_on(content: bytes) -> date | None:
    """The day that the camera wrote into the picture, or None; cameras know it, not always rightly."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as found:
            told = found.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
        return datetime.strptime(str(told)[:10], "%Y:%m:%d").date()  # noqa: DTZ007 - a day has no zone
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def jpeg(picture: Image.Image) -> bytes:
    """The picture as a JPEG without metadata."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()


def webp_within(picture: Image.Image, size: tuple[int, int], *, most_bytes: int) -> bytes:
    """The picture cut to the shape of `size` as a WebP of at most `most_bytes`, without metadata.

    It is cut a little above the middle, where faces are. What cannot be kept small at full size is
    encoded more coarsely, then smaller in the same shape. Raises PictureTooLarge when nothing helps.
    """
    for scale, qualities in _STEPS:
        box = (round(size[0] * scale), round(size[1] * scale))
        cut = ImageOps.fit(picture, box, Image.Resampling.LANCZOS, centering=(0.5, 0.4))
        for quality in qualities:
            out = io.BytesIO()
            cut.save(out, "WEBP", quality=quality, method=6)
            if out.tell() <= most_bytes:
                return out.getvalue()
    raise _too_large()


def _too_large() -> PictureTooLarge:
    return PictureTooLarge(limit_mb=LARGEST_BYTES // 1_000_000)


def _upright(picture: Image.Image) -> Image.Image:
    turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return picture if turn is None else picture.transpose(turn)


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    ground.alpha_composite(clear)
    return ground.convert("RGB")
