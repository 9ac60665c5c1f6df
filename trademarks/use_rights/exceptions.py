"""What the auditors' list shows of rights of use: late, forced, withdrawn and erased acts."""

from typing import Any, Final

from flask import url_for
from sqlalchemy import ColumnElement, Select, case, func, literal, select

from app.kernel.db import SecondsBetween
from app.web.i18n import _l
from ledger.exceptions import LATE_AFTER, ExceptionKind, ExceptionRow, ExceptionSource
from trademarks.use_rights.models import RightSeal, UseRight, UseRightChange
from trademarks.use_rights.rules import Act, Reason
from trademarks.use_rights.sentences import ACTS, REASONS

FORCED: Final = (Act.QUOTA_EXTENDED, Act.SUSPENDED_FOR_A_DAY)
"""A quota that was lifted, and what one officer did alone for 24 hours."""


def rows() -> Select[*tuple[Any, ...]]:
    """One row an act: erased if it is, else withdrawn as unfounded, else forced, else late."""
    change = UseRightChange
    withdrawn = (change.act == Act.REINSTATED) & (change.reason_code == Reason.UNFOUNDED)
    late = SecondsBetween(change.recorded_at, change.at) > LATE_AFTER.total_seconds()
    kinds: list[tuple[ColumnElement[bool], ExceptionKind]] = [
        (RightSeal.erased_at.is_not(None), ExceptionKind.ERASED),
        (withdrawn, ExceptionKind.CORRECTED),
        (change.act.in_(FORCED), ExceptionKind.FORCED),
        (late, ExceptionKind.LATE),
    ]
    kind = case(*((when, literal(str(which))) for when, which in kinds)).label("kind")
    return (
        select(
            kind,
            change.at.label("happened_at"),
            func.coalesce(RightSeal.erased_at, change.recorded_at).label("recorded_at"),
            UseRight.certificate_no.label("subject"),
            UseRight.id.label("subject_id"),
            case((withdrawn, change.reason_code), else_=change.act).label("reason"),
            UseRight.simulated.label("simulated"),
        )
        .join(UseRight, UseRight.id == change.right_id)
        .outerjoin(RightSeal, RightSeal.change_id == change.id)
        .where(kind.element.is_not(None))
    )


def link(row: ExceptionRow) -> str:
    """The public page of the certificate."""
    return url_for("trademarks.right", certificate_no=row.subject)


WORDS: Final[dict[str, Any]] = {**{str(act): word for act, word in ACTS.items()}, **REASONS}
SOURCE: Final = ExceptionSource(rows=rows, subject=_l("Giấy chứng nhận"), reasons=WORDS, link=link)
