"""What an offered product is called in the language of the page."""

from typing import Protocol

from flask_babel.speaklater import LazyString

from app.web.i18n import language


class Named(Protocol):
    """A listing or a line of an order: the product in Vietnamese and in English."""

    @property
    def product(self) -> str:
        """Its Vietnamese name."""

    @property
    def product_en(self) -> str:
        """Its English name."""


def product_name(one: Named) -> str:
    """Its name in the language of the page."""
    return one.product_en if language() == "en" else one.product


def name_when_read(one: Named) -> LazyString:
    """Its name as a value of a refusal: whoever raises it does not know in which language it is read."""
    return LazyString(product_name, one)
