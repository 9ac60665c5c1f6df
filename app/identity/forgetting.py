"""What is left of a person outside his own row, and how he is named in words that have to stay."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, update

from app.identity import queries
from app.identity.commands import SEND
from app.identity.models import DevMessage, LoginSession, Organisation, Person, Throttle
from app.kernel.calendar import local_day
from app.kernel.outbox import Outbox
from app.kernel.uow import UnitOfWork

STRUCK: Final = "…"
_SEPARATOR: Final = r"[ .\-]?"


def forget_traces(uow: UnitOfWork, person_id: UUID, now: datetime) -> None:
    """Erasure: messages to his number, counts of his tries, the names of his devices."""
    person = uow.session.get_one(Person, person_id)
    if person.phone is not None:
        uow.session.execute(
            delete(Outbox).where(Outbox.kind == SEND, Outbox.payload["to"].as_string() == person.phone)
        )
        uow.session.execute(delete(DevMessage).where(DevMessage.to == person.phone))
        uow.session.execute(delete(Throttle).where(Throttle.subject.endswith(f":{person.phone}")))
    if person.login_name is not None:
        uow.session.execute(delete(Throttle).where(Throttle.subject == f"office:{person.login_name}"))
    if person.full_name is not None:
        uow.session.execute(
            delete(DevMessage).where(DevMessage.text.contains(person.full_name, autoescape=True))
        )
    uow.session.execute(update(LoginSession).where(LoginSession.person_id == person_id).values(device=""))


def striking_out(uow: UnitOfWork, person_id: UUID, now: datetime) -> Callable[[str], str]:
    """A function that strikes a person's name and numbers, and those of a household of one, out of a text.

    For what an office said in public and has to stand by; everything else about a person is destroyed.
    """
    person = uow.session.get_one(Person, person_id)
    names, numbers = {person.full_name}, {person.phone}
    household_id = queries.household_of_one(uow, person_id, local_day(now))
    if household_id is not None:
        household = uow.session.get_one(Organisation, household_id)
        names |= {household.name, household.bank_holder}
        numbers |= {household.phone, household.bank_account}
    patterns = [re.escape(name) for name in sorted(filter(None, names), key=len, reverse=True)]
    patterns += [_number(number) for number in sorted(filter(None, numbers))]
    if not patterns:
        return lambda text: text
    found = re.compile("|".join(patterns), re.IGNORECASE)
    return lambda text: found.sub(STRUCK, text)


def _number(number: str) -> str:
    """A number as people write it: +84 912 345 678, 0912.345.678, 0912345678."""
    national = number.removeprefix("+84")
    digits = _SEPARATOR.join(national)
    return digits if national == number else rf"(?:\+?84|0){_SEPARATOR}{digits}"
