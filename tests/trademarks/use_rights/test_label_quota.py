"""How many labels a right is good for: drawn once a sheet, never below nothing, extended with a reason."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.identity.access import Actor
from app.kernel.db import new_id
from app.kernel.uow import unit_of_work
from tests.scene.marks import MISUSE, acts, do, household_with_right
from tests.scene.people import NOW, farm_household
from trademarks.use_rights import commands, rules
from trademarks.use_rights.commands import Because
from trademarks.use_rights.models import QuotaDraw
from trademarks.use_rights.queries import NoSuchRight, RightView
from trademarks.use_rights.quota import draw_quota, quota_left
from trademarks.use_rights.rules import Reason

DAY = timedelta(days=1)


class TestTheLabelQuota:
    def draw(self, view: RightView, farmer: Actor, count: int, *, sheet: UUID | None = None, now=NOW) -> int:
        with unit_of_work() as uow:
            return draw_quota(uow, view.id, count, sheet_id=sheet or new_id(), actor=farmer, now=now)

    def test_goes_down_by_what_is_drawn_and_a_sheet_draws_once(self, app: Flask) -> None:
        _, farmer, view = household_with_right(labels=100)
        sheet = new_id()
        assert self.draw(view, farmer, 30, sheet=sheet) == 70
        assert self.draw(view, farmer, 30, sheet=sheet) == 70
        assert self.draw(view, farmer, 70) == 0

    def test_refuses_more_than_is_left_and_says_how_many_are(self, app: Flask) -> None:
        _, farmer, view = household_with_right(labels=10)
        with pytest.raises(rules.QuotaExceeded) as refused:
            self.draw(view, farmer, 11)
        assert refused.value.values == {"count": 11, "left": 10}
        with unit_of_work(read_only=True) as uow:
            assert quota_left(uow, view.id) == 10
            assert uow.session.scalar(select(func.count()).select_from(QuotaDraw)) == 0

    def test_is_never_negative_when_two_print_at_once(self, app: Flask) -> None:
        _, farmer, view = household_with_right(labels=100)
        left: list[int] = []
        refused: list[rules.QuotaExceeded] = []
        gate = threading.Barrier(2)

        def prints() -> None:
            with app.app_context():
                gate.wait()
                for _ in range(4):
                    try:
                        left.append(self.draw(view, farmer, 20))
                    except rules.QuotaExceeded as refusal:
                        refused.append(refusal)

        threads = [threading.Thread(target=prints) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(left) == [0, 20, 40, 60, 80]
        assert len(refused) == 3

    def test_the_database_itself_refuses_to_go_below_nothing(self, app: Flask) -> None:
        household_with_right(labels=10)
        with pytest.raises(IntegrityError), unit_of_work() as uow:
            uow.session.execute(text("UPDATE label_quota SET drawn = 11"))

    @pytest.mark.parametrize("count", [0, -5])
    def test_is_not_drawn_backwards(self, app: Flask, count: int) -> None:
        _, farmer, view = household_with_right()
        with pytest.raises(rules.BadLabelCount):
            self.draw(view, farmer, count)

    def test_is_closed_while_suspended_and_open_again_after(self, app: Flask) -> None:
        place, farmer, view = household_with_right()
        do(commands.suspend, view.id, MISUSE, actor=place.officer)
        with pytest.raises(rules.RightNotInForce):
            self.draw(view, farmer, 1)
        assert self.draw(view, farmer, 1, now=NOW + DAY) == 1999

    def test_belongs_to_its_holder_alone(self, app: Flask) -> None:
        _, _, view = household_with_right()
        with pytest.raises(NoSuchRight):
            self.draw(view, farm_household("Hộ khác"), 1)

    def test_is_extended_with_a_reason(self, app: Flask) -> None:
        place, _, view = household_with_right(labels=10)
        season = Because(Reason.SEASON, "Vụ này được mùa.")
        assert do(commands.extend_quota, view.id, 500, season, actor=place.officer).quota_left == 510
        assert acts(view.id) == ["granted", "quota_extended"]

    def test_draws_and_history_cannot_be_changed(self, app: Flask) -> None:
        _, farmer, view = household_with_right()
        self.draw(view, farmer, 5)
        for table in ("quota_draw", "use_right_change"):
            for statement in (f"UPDATE {table} SET right_id = right_id", f"DELETE FROM {table}"):
                with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as uow:
                    uow.session.execute(text(statement))
