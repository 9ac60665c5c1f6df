"""What a scan is told of a right: its state now, and whether the pack was lawful on its day."""

from datetime import date, timedelta

import pytest
from flask import Flask

from app.kernel.db import new_id
from app.kernel.uow import unit_of_work
from tests.scene.marks import MENDED, MISUSE, Desk, do, household_with_right
from tests.scene.people import NOW
from trademarks.use_rights import commands
from trademarks.use_rights.queries import (
    NoSuchRight,
    RightView,
    right_status,
)
from trademarks.use_rights.rules import RightState

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)


class TestWhatAScanSays:
    """Four states, and the packing day before, on and after the change."""

    def status(self, view: RightView, packed: date | None, now=NOW):
        with unit_of_work(read_only=True) as uow:
            return right_status(uow, view.id, on=now.date(), packed_on=packed, now=now)

    def changed(self, kind: str) -> tuple[Desk, RightView]:
        place, _, view = household_with_right(now=NOW - 30 * DAY)
        if kind == "suspended":
            do(commands.suspend, view.id, MISUSE, actor=place.approver)
        if kind == "revoked":
            do(commands.propose_revocation, view.id, MISUSE, actor=place.officer)
            do(commands.revoke, view.id, actor=place.approver)
        return place, view

    @pytest.mark.parametrize("kind", ["suspended", "revoked"])
    def test_goods_packed_before_the_day_were_lawful_those_of_the_day_and_later_not(
        self, app: Flask, kind: str
    ) -> None:
        _, view = self.changed(kind)
        days = (TODAY - 31 * DAY, TODAY - DAY, TODAY, TODAY + DAY)
        found = [self.status(view, day) for day in days]
        assert {one.state.value for one in found} == {kind}
        assert [one.lawful_before for one in found] == [False, True, False, False]
        assert (found[0].since, found[0].reason) == (NOW, "label_misuse")

    def test_goods_packed_in_the_hours_before_the_suspension_were_lawful(self, app: Flask) -> None:
        _, view = self.changed("suspended")
        with unit_of_work(read_only=True) as uow:
            before, after = (
                right_status(uow, view.id, on=TODAY, packed_on=None, packed_at=at, now=NOW)
                for at in (NOW - timedelta(hours=1), NOW + timedelta(hours=1))
            )
        assert (before.lawful_before, after.lawful_before) == (True, False)

    def test_expired_goods_were_lawful_to_the_last_day(self, app: Flask) -> None:
        _, view = self.changed("active")
        later = NOW + 400 * DAY
        found = {day: self.status(view, day, later) for day in (view.valid_to, view.valid_to + DAY)}
        assert [one.lawful_before for one in found.values()] == [True, False]
        assert {one.state for one in found.values()} == {RightState.EXPIRED}

    def test_an_active_right_says_when_the_packing_day_was_not_covered(self, app: Flask) -> None:
        place, view = self.changed("active")
        assert self.status(view, TODAY).packed_in_force is True
        assert self.status(view, view.valid_from - DAY).packed_in_force is False
        assert self.status(view, None).packed_in_force is None
        do(commands.suspend, view.id, MISUSE, actor=place.approver, now=NOW - 5 * DAY)
        do(commands.reinstate, view.id, MENDED, actor=place.approver, now=NOW - 2 * DAY)
        assert self.status(view, TODAY - 4 * DAY).packed_in_force is False
        assert self.status(view, TODAY - DAY).packed_in_force is True

    def test_an_unknown_right_is_named_so(self, app: Flask) -> None:
        with unit_of_work(read_only=True) as uow, pytest.raises(NoSuchRight):
            right_status(uow, new_id(), on=TODAY, packed_on=None)
