"""What the desk must see of codes: records that do not match, serials under suspicion."""

from collections.abc import Sequence
from datetime import datetime

from flask import url_for

from app.identity.access import Actor, may
from app.kernel.uow import unit_of_work
from app.web.desk import InboxRow
from app.web.i18n import gettext
from traceability.lots import queries as lots
from traceability.scans import queries as scans
from traceability.trace_page import queries


def rows(actor: Actor, now: datetime) -> Sequence[InboxRow]:
    """Inbox rows of an officer's communes; none for who may not open the page they lead to."""
    if not may(actor, "label.verify"):
        return []
    with unit_of_work(read_only=True) as uow:
        broken = queries.lots_with_faults(uow, actor.commune_codes)
        mine = lots.ids_in_communes(uow, actor.commune_codes)
        copies = scans.open_suspicions(uow, mine)
    found = [
        InboxRow(
            "mismatch", gettext("Hồ sơ không khớp sổ cái"), lot_no,
            url_for("traceability_office.verify", code=lot_no), since, None, gettext("Xem ngay"),
        )
        for _, lot_no, since in broken
    ]  # fmt: skip
    found += [
        InboxRow(
            "possible-copy", gettext("Mã có thể bị sao chép"), one.serial,
            url_for("traceability_office.verify", code=one.serial), one.since, None, gettext("Đối chiếu"),
        )
        for one in copies
    ]  # fmt: skip
    return found
