"""Lot numbers such as `MC261115-7K2F`: crop, day of harvest, four random symbols."""

import secrets
from datetime import date
from typing import Final

from app.kernel.text import fold
from traceability.lots.crops import CROPS

SYMBOLS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # those of a typed code: none looks like another


def lot_number(crop: str, picked_on: date) -> str:
    """A number that GS1 AI (10) allows; uniqueness is the database's.

    Letters are the first ones of the crop's Vietnamese name ("Măng cụt" → MC), at most three.
    """
    name = CROPS[crop].name_vi if crop in CROPS else crop.replace("_", " ")
    letters = "".join(word[0] for word in fold(name).split())[:3].upper()
    return f"{letters}{picked_on:%y%m%d}-{''.join(secrets.choice(SYMBOLS) for _ in range(4))}"
