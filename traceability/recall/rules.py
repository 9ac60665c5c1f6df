"""Why goods are called back: pure."""

from enum import StrEnum


class RecallClass(StrEnum):
    """Why goods are called back; each has its own words on the page."""

    SAFETY = "safety"
    QUALITY = "quality"
    LABEL = "label"
    PRECAUTION = "precaution"
