"""Languages, and how dates, money and weights look to people.

Vietnamese is the source language (it needs no catalogue); English is a catalogue. The choice is the
`lang` query parameter (kept in a cookie), then the cookie, then Accept-Language, then Vietnamese.
"""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, format_decimal, get_locale, gettext, ngettext
from flask_babel import lazy_gettext as _l

from app.kernel.calendar import local_day

__all__ = ["LANGUAGES", "_l", "gettext", "language", "ngettext"]

LANGUAGES = ("vi", "en")
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NBSP = "\u00a0"


def language() -> str:
    """The language of this answer: `vi` or `en`."""
    return str(get_locale() or "vi")


def _choose() -> str:
    if not has_request_context():
        return "vi"
    if (asked := request.args.get("lang")) in LANGUAGES:
        g.language_asked = asked
        return str(asked)
    if (kept := request.cookies.get("lang")) in LANGUAGES:
        return str(kept)
    return request.accept_languages.best_match(LANGUAGES, "vi")


def _keep_choice(response: Response) -> Response:
    if asked := g.get("language_asked"):
        response.set_cookie("lang", asked, max_age=365 * 86400, samesite="Lax", secure=request.is_secure)
    return response


def show_date(value: date | datetime | None) -> str:
    """`23/11/2026`, the day in Vietnam."""
    if value is None:
        return "–"
    day = local_day(value) if isinstance(value, datetime) else value
    return day.strftime("%d/%m/%Y")


def show_iso_date(value: str | None) -> str:
    """A stored `2026-11-23` as people read it."""
    return show_date(date.fromisoformat(value)) if value else "–"


def show_time(value: datetime | None) -> str:
    """`14:05 23/11/2026`, in Vietnam, 24-hour clock."""
    return "–" if value is None else value.astimezone(ZONE).strftime("%H:%M %d/%m/%Y")


def _grouped(whole: int) -> str:
    grouped = f"{whole:,}"
    return grouped if language() == "en" else grouped.replace(",", ".")


def show_money(dong: int | None) -> str:
    """`1.234.567 ₫`: whole đồng, a no-break space before the sign."""
    return "–" if dong is None else f"{_grouped(dong)}{NBSP}₫"


def show_weight(grams: int | None) -> str:
    """Grams as people say them: `120 kg`, `0,5 kg`, `250 g`."""
    if grams is None:
        return "–"
    if abs(grams) < 500:
        return f"{grams}{NBSP}g"
    kilograms, rest = divmod(abs(grams), 1000)
    tail = f"{rest:03d}".rstrip("0")
    comma = "." if language() == "en" else ","
    sign = "−" if grams < 0 else ""
    return f"{sign}{_grouped(kilograms)}{comma + tail if tail else ''}{NBSP}kg"


def show_number(value: int | float | None) -> str:
    """A number with the language's separators."""
    return "–" if value is None else str(format_decimal(value))


def show_phone(e164: str | None) -> str:
    """`0912 345 678` for Vietnam, the international form otherwise."""
    if not e164:
        return "–"
    import phonenumbers  # noqa: PLC0415 - as in app.identity.phones

    number = phonenumbers.parse(e164)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if number.country_code == 84 else None
    shown = phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.INTERNATIONAL if style is None else style
    )
    return shown.replace(" ", NBSP)


def ago(value: date | datetime | None, now: datetime | None = None) -> str:
    """How many days lie between a day and today: `hôm nay`, `hôm qua`, `8 ngày trước`."""
    if value is None:
        return ""
    day = local_day(value) if isinstance(value, datetime) else value
    days = (local_day(now or datetime.now(UTC)) - day).days
    if days == 0:
        return str(gettext("hôm nay"))
    if days == 1:
        return str(gettext("hôm qua"))
    if days < 0:
        return str(ngettext("%(num)s ngày nữa", "%(num)s ngày nữa", -days))
    return str(ngettext("%(num)s ngày trước", "%(num)s ngày trước", days))


def init_app(app: Flask) -> None:
    """Bind the catalogues, the language choice and the filters that templates use."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(app.config["TRANSLATIONS"]))
    Babel(app, default_locale="vi", default_timezone="Asia/Ho_Chi_Minh", locale_selector=_choose)
    app.after_request(_keep_choice)
    filters: dict[str, Any] = {
        "show_date": show_date,
        "show_iso_date": show_iso_date,
        "show_time": show_time,
        "show_money": show_money,
        "show_weight": show_weight,
        "show_number": show_number,
        "show_phone": show_phone,
        "ago": ago,
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.context_processor(lambda: {"locale": language()})
