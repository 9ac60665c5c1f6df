"""A telephone number in any spelling, as E.164. Pure."""

from app.kernel.problems import Invalid


class NotAPhone(Invalid):
    """Not a number that can be called."""

    type, field = "not-a-phone", "phone"


def parse_phone(typed: str) -> str:
    """`0912 345 678`, `84912345678`, `+84 912.345.678` → `+84912345678`. Raises NotAPhone.

    Numbers without a country are Vietnamese; other countries are given with `+`.
    """
    import phonenumbers  # noqa: PLC0415 - sixty modules, which a worker hardly needs

    try:
        number = phonenumbers.parse(typed.strip()[:40], "VN")
    except phonenumbers.NumberParseException as refused:
        raise NotAPhone(phone=typed[:40]) from refused
    if not phonenumbers.is_valid_number(number):
        raise NotAPhone(phone=typed[:40])
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
