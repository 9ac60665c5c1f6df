"""The household's photo as strangers' phones load it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.kernel import pictures

CONTENT_TYPE: Final = "image/webp"
SIZE: Final = (480, 360)
MOST_BYTES: Final = 22_000
"""A scan weighs at most 60 kB in all, of which the page and its own check of the proof take 35."""


@dataclass(frozen=True)
class HouseholdPhoto:
    """A picture made anew, and the day on which the camera says that it was taken."""

    content: bytes
    taken_on: date | None


def household_photo(sent: bytes) -> HouseholdPhoto:
    """What is kept of a picture that was sent: 4:3, small, without position.

    Raises NotAPicture, PictureTooLarge.
    """
    picture = pictures.opened(sent, longest_side=4 * SIZE[0])
    return HouseholdPhoto(pictures.webp_within(picture, SIZE, most_bytes=MOST_BYTES), pictures.taken_on(sent))
