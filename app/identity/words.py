"""How people and households are called on pages."""

from app.identity.queries import PublicName
from app.web.i18n import gettext


def spoken(name: PublicName) -> str:
    """As a sentence calls it: a bare code is told to be a household's (`Hộ H-0106`)."""
    return str(gettext("Hộ %(code)s", code=name.shown)) if name.is_code else name.shown
