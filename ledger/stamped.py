"""Time stamps as the database remembers them: what was stamped, who is due, what goes into a bundle."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, func, select

from app.kernel.uow import UnitOfWork
from ledger.models import SignedCheckpoint, TimestampAuthority, TimestampToken


@dataclass(frozen=True, kw_only=True)
class StampView:
    """A head of the log that an authority stamped."""

    kind: Literal["rfc3161"] = field(default="rfc3161", init=False)
    name: str  # of the authority, as its certificate says
    on_this_machine: bool
    external_id: str  # serial number, decimal
    at: datetime  # as the authority says
    policy: str
    token: bytes  # DER
    checkpoint_size: int
    checkpoint_root: bytes

    @property
    def independent(self) -> bool:
        """Whether somebody else than the log's operator made it."""
        return not self.on_this_machine


@dataclass(frozen=True)
class AuthorityView:
    """How asking an authority went last."""

    failures: int  # in a row
    last_ok_at: datetime | None
    error: str | None


def newest(uow: UnitOfWork, *, limit: int = 5) -> tuple[StampView, ...]:
    """The newest time stamps, largest head first (1 statement)."""
    rows = uow.session.execute(_stamps().order_by(TimestampToken.checkpoint_size.desc()).limit(limit))
    return tuple(_view(row) for row in rows)


def covering(uow: UnitOfWork, last_index: int) -> tuple[StampView, ...]:
    """Of each authority the first time stamp whose head holds this index, independent ones first."""
    first = (
        select(TimestampToken.url, func.min(TimestampToken.checkpoint_size).label("size"))
        .where(TimestampToken.checkpoint_size > last_index)
        .group_by(TimestampToken.url)
        .subquery()
    )
    rows = uow.session.execute(
        _stamps()
        .join(first, (first.c.url == TimestampToken.url) & (first.c.size == TimestampToken.checkpoint_size))
        .order_by(TimestampToken.on_this_machine, TimestampToken.stamped_at)
    )
    return tuple(_view(row) for row in rows)


def stampers(uow: UnitOfWork, *, sealed_at: datetime | None = None) -> list[tuple[str, bool]]:
    """Name and whether on this machine, of every authority that stamped a checkpoint of this log.

    With `sealed_at` the checkpoint is not older than that seal.
    """
    rows = select(TimestampToken.authority, TimestampToken.on_this_machine)
    if sealed_at is not None:
        rows = rows.join(SignedCheckpoint, SignedCheckpoint.size == TimestampToken.checkpoint_size).where(
            SignedCheckpoint.signed_at >= sealed_at
        )
    return [
        (name, here) for name, here in uow.session.execute(rows.distinct().order_by(*rows.selected_columns))
    ]


def is_due(uow: UnitOfWork, url: str, *, size: int, now: datetime, every: timedelta) -> bool:
    """Whether this authority is to stamp a head of this size now: it grew, and the last stamp is old."""
    last = uow.session.execute(
        select(TimestampToken.checkpoint_size, TimestampToken.received_at)
        .where(TimestampToken.url == url)
        .order_by(TimestampToken.checkpoint_size.desc())
        .limit(1)
    ).one_or_none()
    return last is None or (last.checkpoint_size < size and now - last.received_at >= every)


def authority(uow: UnitOfWork, url: str) -> AuthorityView | None:
    """How asking this authority went last, or None when it never was."""
    row = uow.session.execute(
        select(TimestampAuthority.failures, TimestampAuthority.last_ok_at, TimestampAuthority.error).where(
            TimestampAuthority.url == url
        )
    ).one_or_none()
    return AuthorityView(*row) if row else None


def _stamps() -> Select[*tuple[Any, ...]]:
    return select(
        TimestampToken.authority.label("name"),
        TimestampToken.on_this_machine,
        TimestampToken.serial.label("external_id"),
        TimestampToken.stamped_at.label("at"),
        TimestampToken.policy,
        TimestampToken.token,
        TimestampToken.checkpoint_size,
        TimestampToken.checkpoint_root,
    )


def _view(row: Any) -> StampView:
    return StampView(**row._asdict())
