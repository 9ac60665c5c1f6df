"""How far the acts on a right are sealed, whether they are still what was sealed, and their proof file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select

from app.kernel.uow import UnitOfWork
from ledger import proving
from ledger import queries as ledger
from ledger.core.disclosures import Disclosure, Erased
from ledger.core.jcs import JSONValue
from trademarks.use_rights import sealing
from trademarks.use_rights.models import RightSeal, UseRight, UseRightChange
from trademarks.use_rights.queries import NoSuchRight
from trademarks.use_rights.rules import Act

_PAGE: Final = 500


@dataclass(frozen=True)
class SealedAct:
    """The bytes behind one leaf. `salt` and `entry` are None where the act has no seal or it was erased."""

    key: str
    act: str
    body: bytes
    salt: bytes | None
    entry: bytes | None
    erased: bool


@dataclass(frozen=True)
class RightSealing:
    """`acts` on a right; `erased` ones have lost their salt, `sealed` of the others are under a checkpoint.

    `fault` says which act is not what was sealed; `sealed_at` is the time of the youngest seal.
    """

    acts: int
    sealed: int
    erased: int
    sealed_at: datetime | None
    fault: str | None


def sealing_of(uow: UnitOfWork, right_id: UUID) -> RightSealing:
    """Compare what is stored now with what was sealed: every act's leaf, followed to the signed root."""
    acts = sealed_acts(uow, right_id)
    kept = {one.key: one.entry for one in acts if one.entry is not None}
    faults = ledger.check_entries(uow, kept)
    seals = [seal.sealed_at for seal in ledger.seal_of(uow, list(kept)).values() if seal.sealed_at]
    return RightSealing(
        acts=len(acts),
        sealed=len(seals),
        erased=sum(one.erased for one in acts),
        sealed_at=max(seals, default=None),
        fault="; ".join(f"{fault.key}: {fault.reason}" for fault in faults) or None,
    )


def proof_bundle(uow: UnitOfWork, right_id: UUID) -> bytes | None:
    """The proof of a certificate as a file, or None before a checkpoint covers any act on it.

    A proposal to revoke is an inner step of the office: its entry is there, its content is kept back.
    Raises NoSuchRight, Forked when a stored tile is missing.
    """
    acts = sealed_acts(uow, right_id)
    parts = proving.bundle_parts(uow, [one.key for one in acts])
    if parts is None or not parts.items:
        return None
    shown = {one.key: opened for one in acts if (opened := _opened(one)) is not None}
    row = uow.session.get_one(UseRight, right_id)
    about: dict[str, JSONValue] = {
        "subject": sealing.subject_of(right_id),
        "certificate_no": row.certificate_no,
        "simulated": row.simulated,
    }
    return parts.bundle(shown, about=about).to_bytes()


def sealed_acts(uow: UnitOfWork, right_id: UUID) -> Sequence[SealedAct]:
    """Every act on a right, in the order of record, with its entry as it is made today (2 statements).

    Raises NoSuchRight.
    """
    if uow.session.get(UseRight, right_id) is None:
        raise NoSuchRight(right_id=right_id)
    rows = uow.session.execute(_acts().where(UseRightChange.right_id == right_id))
    return [_sealed(*row) for row in rows]


def kept_bodies(uow: UnitOfWork) -> Iterator[list[tuple[str, bytes | None]]]:
    """Key and ledger entry of every sealed act as its rows make it today: for `flask ledger fsck`."""
    after = UUID(int=0)
    wanted = _acts().where(RightSeal.change_id.is_not(None)).limit(_PAGE)
    while page := uow.session.execute(wanted.where(UseRightChange.id > after)).all():
        yield [(one.key, one.entry) for one in (_sealed(*row) for row in page)]
        after = page[-1][1].id


def _acts() -> Select[UseRight, UseRightChange, bytes | None, datetime | None]:
    return (
        select(UseRight, UseRightChange, RightSeal.salt, RightSeal.erased_at)
        .join(UseRightChange, UseRightChange.right_id == UseRight.id)
        .outerjoin(RightSeal, RightSeal.change_id == UseRightChange.id)
        .order_by(UseRightChange.id)
    )


def _sealed(
    right: UseRight, change: UseRightChange, salt: bytes | None, erased_at: datetime | None
) -> SealedAct:
    body = sealing.body_of(right, change)
    entry = None if salt is None else sealing.entry_of(change, salt, body)
    return SealedAct(sealing.key_of(change.id), change.act, body, salt, entry, erased_at is not None)


def _opened(one: SealedAct) -> Disclosure | Erased | None:
    if one.erased:
        return Erased()
    if one.salt is None or one.act == Act.REVOCATION_PROPOSED:
        return None
    return Disclosure(one.salt, one.body)
