"""The officer's home: everything that waits, the most urgent first."""

from flask import request

from app.identity.access import allowed, current_actor
from app.kernel import clock
from app.kernel.calendar import local_day
from app.web import desk
from app.web.pages import Answer, page


@allowed("office.home")
def home() -> Answer:
    """The inbox, filtered by kind (`?kind=`)."""
    now = clock.now()
    rows = desk.inbox(current_actor(), now)
    kinds = dict.fromkeys((row.kind, row.label) for row in rows)
    asked = request.args.get("kind", "")
    shown = [row for row in rows if asked in {"", row.kind}]
    late = sum(1 for row in rows if row.due_at is not None and row.due_at < now)
    return page("identity/office_home.html", rows=shown, kinds=list(kinds), kind=asked, total=len(rows),
                late=late, now=now, today=local_day(now))  # fmt: skip
