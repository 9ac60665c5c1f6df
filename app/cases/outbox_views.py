"""What could not leave the house: parked outbox rows, with their last error, to be tried again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import url_for

from app.identity import commands as identity
from app.identity.access import Actor, allowed, current_actor
from app.kernel import clock, relay
from app.kernel.uow import unit_of_work
from app.web.desk import InboxRow
from app.web.i18n import gettext
from app.web.pages import Answer, page, see_other


@allowed("outbox.see")
def parked() -> Answer:
    """Rows that failed ten times."""
    return page("cases/parked.html", rows=relay.parked())


@allowed("outbox.retry")
def retry(row_id: UUID) -> Answer:
    """Give one row ten new tries."""
    actor, now = current_actor(), clock.now()
    done = relay.retry_parked(row_id, now)
    if done:
        with unit_of_work() as uow:
            identity.audit(uow, actor, "outbox.retry", row_id, now)
    told = gettext("Sẽ gửi lại trong ít giây.") if done else gettext("Dòng này không còn chờ nữa.")
    return see_other(url_for("cases_office.parked"), told)


def inbox(actor: Actor, _now: datetime) -> Sequence[InboxRow]:
    """One row on the desk for each thing that could not leave."""
    if not actor.has("officer", "approving_officer", "administrator"):
        return ()
    return [
        InboxRow(
            kind="parked",
            label=gettext("Việc gửi đi bị kẹt"),
            who=f"{row.kind} · {row.key}",
            url=url_for("cases_office.parked"),
            since=row.created_at,
            next_action=gettext("Xem lỗi"),
        )
        for row in relay.parked()
    ]
