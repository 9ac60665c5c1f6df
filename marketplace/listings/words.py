"""What an offered product is called in the language of the page."""

from typing import Protocol

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
