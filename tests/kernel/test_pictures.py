"""Pictures that people send: what is opened, what a phone is given, and what they no longer tell."""

import io
import random
from datetime import date

import pytest
from PIL import Image

from app.kernel import pictures
from app.kernel.pictures import NotAPicture, PictureTooLarge

PHONE, MOST = (480, 360), 22_000


def encoded(picture: Image.Image, kind: str = "JPEG", **told) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **told)
    return out.getvalue()


def noise(size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))


def halves(size=(400, 200)) -> Image.Image:
    """Left half red, right half blue."""
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (size[0] // 2, 0, *size))
    return picture


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, "red"), (2, "blue"), (3, "blue"), (4, "red"), (5, "red"), (6, "red"), (7, "blue"), (8, "blue")],
)
def test_a_picture_is_turned_as_the_camera_was_held(orientation, corner):
    exif = Image.Exif()
    exif[0x0112] = orientation
    shown = pictures.opened(encoded(halves(), exif=exif), longest_side=400)
    assert shown.size == ((400, 200) if orientation < 5 else (200, 400))
    red, _, blue = shown.getpixel((5, 5))
    assert ("red" if red > blue else "blue") == corner


def test_what_is_clear_becomes_white():
    shown = pictures.opened(encoded(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG"), longest_side=9)
    assert shown.getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", b"%PDF-1.7", b"\xff\xd8\xff broken"])
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(NotAPicture):
        pictures.opened(content, longest_side=100)


def test_more_pixels_than_can_be_opened_are_refused_before_they_are_decoded():
    with pytest.raises(PictureTooLarge):
        pictures.opened(encoded(Image.new("1", (8_000, 5_001)), "PNG"), longest_side=100)


@pytest.mark.parametrize("size", [(640, 480), (3_000, 200), (200, 3_000), (40, 30)])
def test_a_phone_gets_four_to_three_and_few_bytes_even_of_noise(size):
    made = pictures.webp_within(noise(size), PHONE, most_bytes=MOST)
    assert len(made) <= MOST
    with Image.open(io.BytesIO(made)) as shown:
        assert (shown.format, shown.width * 3) == ("WEBP", shown.height * 4)
        assert dict(shown.getexif()) == {}


def test_what_can_never_be_small_enough_is_refused():
    with pytest.raises(PictureTooLarge):
        pictures.webp_within(noise(PHONE), PHONE, most_bytes=100)


class TestTheDay:
    def test_is_the_one_that_the_camera_wrote(self):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = "2026:11:12 08:30:00"
        assert pictures.taken_on(encoded(halves(), exif=exif)) == date(2026, 11, 12)

    @pytest.mark.parametrize("told", ["0000:00:00 00:00:00", "hôm qua", ""])
    def test_is_none_when_the_camera_did_not_know_it(self, told):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = told
        assert pictures.taken_on(encoded(halves(), exif=exif)) is None
        assert pictures.taken_on(encoded(halves())) is None
        assert pictures.taken_on(b"not a picture") is None
