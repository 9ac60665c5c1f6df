"""From the application to the certificate, and every act on a right afterwards."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases import commands as cases
from app.cases.rules import OwnCase, SameOfficer, SecondOfficerNeeded
from app.identity.access import Actor
from app.identity.models import AuditEntry, Membership
from app.kernel.db import new_id
from app.kernel.outbox import Outbox
from app.kernel.problems import Forbidden
from app.kernel.uow import unit_of_work
from tests.scene.marks import MENDED, MISUSE, acts, applies, desk, do, granted, household_with_right, state
from tests.scene.people import NOW, colleague, cooperative, farm_household
from trademarks.use_rights import commands, rules
from trademarks.use_rights.commands import RIGHT_CHANGED, ApplyForRight, Because
from trademarks.use_rights.models import UseRight
from trademarks.use_rights.queries import (
    NoSuchRight,
    right_covering,
    rights_of,
)
from trademarks.use_rights.rules import Reason, RightState

TODAY = date(2026, 11, 20)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def letters() -> list[str]:
    with unit_of_work(read_only=True) as uow:
        rows = uow.session.scalars(select(Outbox).where(Outbox.kind == "message.send").order_by(Outbox.id))
        return [row.payload["text"] for row in rows if row.payload["kind"] == "right"]


class TestAnApplication:
    def test_grants_from_today_for_the_regulations_months_with_its_labels(self, app: Flask) -> None:
        _, farmer, view = household_with_right(labels=2000)
        assert view.certificate_no == "QSD-2026-000001"
        assert (view.valid_from, view.valid_to) == (TODAY, date(2027, 11, 19))
        assert (view.state, view.quota_left, view.crops) == (RightState.ACTIVE, 2000, ("mangosteen",))
        assert view.simulated
        with unit_of_work(read_only=True) as uow:
            assert right_covering(uow, farmer.organisation_id, "mangosteen", TODAY) == view
            assert right_covering(uow, farmer.organisation_id, "durian", TODAY) is None
            assert right_covering(uow, farmer.organisation_id, "mangosteen", TODAY - DAY) is None

    def test_needs_a_second_officer_who_is_another_person_and_may_approve(self, app: Flask) -> None:
        place, farmer = desk(), farm_household()
        both = colleague(place.officer.organisation_id, ("officer", "approving_officer"))
        case_id = applies(place, farmer)
        with unit_of_work() as uow, pytest.raises(SecondOfficerNeeded):
            cases.decide(uow, case_id, "granted", "", actor=place.approver, now=NOW)
        with unit_of_work() as uow:
            cases.propose(uow, case_id, "granted", "", actor=both, now=NOW)
        with unit_of_work() as uow, pytest.raises(SameOfficer):
            cases.decide(uow, case_id, "granted", "", actor=both, now=NOW)
        with unit_of_work() as uow, pytest.raises(Forbidden):
            cases.decide(uow, case_id, "granted", "", actor=place.second_officer, now=NOW)
        with unit_of_work(read_only=True) as uow:
            assert rights_of(uow, farmer.organisation_id) == []

    def test_is_not_decided_by_whoever_filed_it_nor_by_a_member_of_the_household(self, app: Flask) -> None:
        place, farmer = desk(), farm_household()
        with unit_of_work() as uow:
            uow.add(
                Membership(
                    person_id=place.approver.person_id,
                    organisation_id=farmer.organisation_id,
                    role="farmer",
                    valid_from=TODAY,
                )
            )
        case_id = applies(place, farmer)
        with unit_of_work() as uow:
            cases.propose(uow, case_id, "granted", "", actor=place.officer, now=NOW)
        with unit_of_work() as uow, pytest.raises(rules.OwnRight):
            cases.decide(uow, case_id, "granted", "", actor=place.approver, now=NOW)

    def test_of_an_officer_for_his_own_household_is_his_own_case(self, app: Flask) -> None:
        place = desk()
        farmer = farm_household()
        with unit_of_work() as uow:
            wanted = ApplyForRight(mark_id=place.mark_id, crops=("mangosteen",), labels=10)
            as_farmer = Actor(
                person_id=place.officer.person_id,
                display_name="",
                organisation_id=farmer.organisation_id,
                organisation_name="",
                organisation_kind="farm_household",
                roles=frozenset({"farmer"}),
            )
            case_id = commands.apply_for_right(uow, wanted, actor=as_farmer, now=NOW).id
        with unit_of_work() as uow, pytest.raises(OwnCase):
            cases.propose(uow, case_id, "granted", "", actor=place.officer, now=NOW)

    def test_sent_twice_is_one_case(self, app: Flask) -> None:
        place, farmer = desk(), farm_household()
        wanted = ApplyForRight(mark_id=place.mark_id, crops=("mangosteen",), labels=10, client_id=new_id())
        seen = set()
        for _ in range(2):
            with unit_of_work() as uow:
                seen.add(commands.apply_for_right(uow, wanted, actor=farmer, now=NOW).id)
        assert len(seen) == 1

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"labels": 0}, rules.BadLabelCount),
            ({"labels": 100_001}, rules.BadLabelCount),
            ({"crops": ("durian",)}, rules.NotCovered),
            ({"crops": ()}, rules.NotCovered),
        ],
    )
    def test_of_the_impossible_is_refused(self, app: Flask, change: dict, refusal: type[Exception]) -> None:
        place, farmer = desk(), farm_household()
        values = {"mark_id": place.mark_id, "crops": ("mangosteen",), "labels": 10} | change
        with unit_of_work() as uow, pytest.raises(refusal):
            commands.apply_for_right(uow, ApplyForRight(**values), actor=farmer, now=NOW)

    def test_before_the_regulation_is_in_force_is_refused(self, app: Flask) -> None:
        place, farmer = desk(since=TODAY + DAY), farm_household()
        with pytest.raises(commands.granting.NoRegulation):
            applies(place, farmer)

    def test_refused_makes_no_right(self, app: Flask) -> None:
        place, farmer = desk(), farm_household()
        case_id = applies(place, farmer)
        with unit_of_work() as uow:
            cases.propose(uow, case_id, "refused", "Chưa có thửa đất nào.", actor=place.officer, now=NOW)
        with unit_of_work() as uow:
            cases.decide(uow, case_id, "refused", "", actor=place.approver, now=NOW)
        with unit_of_work(read_only=True) as uow:
            assert rights_of(uow, farmer.organisation_id) == []

    def test_two_rights_have_two_numbers_of_the_year(self, app: Flask) -> None:
        place = desk()
        numbers = [granted(place, farm_household(name)).certificate_no for name in ("A", "B")]
        assert numbers == ["QSD-2026-000001", "QSD-2026-000002"]


class TestSuspension:
    def test_by_an_approving_officer_stands(self, app: Flask) -> None:
        place, farmer, view = household_with_right()
        assert do(commands.suspend, view.id, MISUSE, actor=place.approver).state is RightState.SUSPENDED
        assert state(view.id, NOW + 30 * DAY) is RightState.SUSPENDED
        with unit_of_work(read_only=True) as uow:
            assert right_covering(uow, farmer.organisation_id, "mangosteen", TODAY) is None

    def test_by_one_officer_lapses_after_24_hours_before_anybody_writes(self, app: Flask) -> None:
        place, _, view = household_with_right()
        suspended = do(commands.suspend, view.id, MISUSE, actor=place.officer)
        assert suspended.lapses_at == NOW + DAY
        assert state(view.id, NOW + DAY - HOUR) is RightState.SUSPENDED
        assert state(view.id, NOW + DAY) is RightState.ACTIVE

    def test_lapsed_is_written_down_once_by_the_clock(self, app: Flask) -> None:
        place, _, view = household_with_right()
        do(commands.suspend, view.id, MISUSE, actor=place.officer)
        for later, closed in ((NOW + DAY - HOUR, 0), (NOW + DAY + HOUR, 1), (NOW + DAY + HOUR, 0)):
            with unit_of_work() as uow:
                assert commands.close_books(uow, later) == closed
        assert acts(view.id) == ["granted", "suspended_for_a_day", "lapsed"]
        assert "hết sau 24 giờ" in letters()[-1]

    def test_ratified_by_another_approving_officer_stands(self, app: Flask) -> None:
        place, _, view = household_with_right()
        do(commands.suspend, view.id, MISUSE, actor=place.officer)
        with pytest.raises(Forbidden):
            do(commands.ratify, view.id, actor=place.second_officer)
        do(commands.ratify, view.id, actor=place.approver, now=NOW + HOUR)
        assert state(view.id, NOW + 3 * DAY) is RightState.SUSPENDED

    def test_cannot_be_ratified_after_it_has_lapsed(self, app: Flask) -> None:
        place, _, view = household_with_right()
        do(commands.suspend, view.id, MISUSE, actor=place.officer)
        with pytest.raises(rules.ActNotPossible):
            do(commands.ratify, view.id, actor=place.approver, now=NOW + DAY)

    def test_cannot_be_ratified_by_the_person_who_set_it(self, app: Flask) -> None:
        place, _, view = household_with_right()
        do(commands.suspend, view.id, MISUSE, actor=place.officer)
        promoted = Actor(
            **{**vars(place.officer), "roles": frozenset({"officer", "approving_officer"})}  # since promoted
        )
        with pytest.raises(rules.SecondPersonNeeded):
            do(commands.ratify, view.id, actor=promoted)

    def test_of_an_emergency_is_taken_back_by_one_officer_a_standing_one_only_by_an_approving(
        self, app: Flask
    ) -> None:
        place, _, view = household_with_right()
        do(commands.suspend, view.id, MISUSE, actor=place.officer)
        assert do(commands.reinstate, view.id, MENDED, actor=place.second_officer).state is RightState.ACTIVE
        do(commands.suspend, view.id, MISUSE, actor=place.approver, now=NOW + HOUR)
        with pytest.raises(Forbidden):
            do(commands.reinstate, view.id, MENDED, actor=place.officer, now=NOW + HOUR)
        again = do(commands.reinstate, view.id, MENDED, actor=place.approver, now=NOW + 2 * HOUR)
        assert again.state is RightState.ACTIVE

    def test_needs_a_reason_of_the_list_and_words(self, app: Flask) -> None:
        place, _, view = household_with_right()
        for because in (Because(Reason.LABEL_MISUSE, " "), Because(Reason.CORRECTED, "x")):
            with pytest.raises(rules.ReasonMissing):
                do(commands.suspend, view.id, because, actor=place.officer)

    def test_tells_the_holder_why_and_that_he_can_appeal_without_a_link(self, app: Flask) -> None:
        place, _, view = household_with_right()
        do(commands.suspend, view.id, MISUSE, actor=place.approver)
        told = letters()[-1]
        assert view.certificate_no in told
        assert "dùng tem không đúng quy chế" in told
        assert "Dán tem lên hàng mua ngoài." in told
        assert "khiếu nại" in told
        assert "quét lại tem" in told
        assert "http" not in told

    def test_is_audited_without_the_officers_words(self, app: Flask) -> None:
        place, _, view = household_with_right()
        do(commands.suspend, view.id, MISUSE, actor=place.approver)
        with unit_of_work(read_only=True) as uow:
            row = uow.session.scalars(select(AuditEntry).where(AuditEntry.action == "right.suspended")).one()
        assert (row.person_id, row.subject) == (place.approver.person_id, str(view.id))
        assert row.details == {"reason": "label_misuse", "labels": 0}

    def test_is_told_to_whoever_registered_in_the_same_transaction(self, app: Flask) -> None:
        place, farmer, view = household_with_right()
        seen: list[tuple] = []
        RIGHT_CHANGED.add(app, "test", lambda uow, *told: seen.append(told))
        do(commands.suspend, view.id, MISUSE, actor=place.approver)
        assert seen == [(view.id, farmer.organisation_id, place.approver, NOW)]


class TestRevocation:
    def test_needs_two_persons(self, app: Flask) -> None:
        place, _, view = household_with_right()
        second = colleague(place.officer.organisation_id, ("approving_officer",))
        with pytest.raises(rules.SecondPersonNeeded):
            do(commands.revoke, view.id, actor=place.approver)
        do(commands.propose_revocation, view.id, MISUSE, actor=place.approver)
        assert state(view.id) is RightState.ACTIVE
        with pytest.raises(rules.SecondPersonNeeded):
            do(commands.revoke, view.id, actor=place.approver)
        with pytest.raises(Forbidden):
            do(commands.revoke, view.id, actor=place.officer)
        assert do(commands.revoke, view.id, actor=second).state is RightState.REVOKED
        assert "Dán tem lên hàng mua ngoài." in letters()[-1]

    def test_is_final(self, app: Flask) -> None:
        place, _, view = household_with_right()
        do(commands.propose_revocation, view.id, MISUSE, actor=place.officer)
        do(commands.revoke, view.id, actor=place.approver)
        for act, given in ((commands.suspend, MISUSE), (commands.reinstate, MENDED)):
            with pytest.raises(rules.ActNotPossible):
                do(act, view.id, given, actor=place.approver)
        assert state(view.id, NOW + 900 * DAY) is RightState.REVOKED


class TestTheEndOfTheTerm:
    def test_counts_without_anybody_writing_and_is_written_once(self, app: Flask) -> None:
        place, farmer, view = household_with_right()
        after = NOW + 365 * DAY
        assert state(view.id, after - DAY) is RightState.ACTIVE
        assert state(view.id, after) is RightState.EXPIRED
        with unit_of_work(read_only=True) as uow:
            assert right_covering(uow, farmer.organisation_id, "mangosteen", date(2027, 11, 20)) is None
        with unit_of_work() as uow:
            assert commands.close_books(uow, after) == 1
        assert acts(view.id) == ["granted", "expired"]
        with pytest.raises(rules.ActNotPossible):
            do(commands.suspend, view.id, MISUSE, actor=place.approver, now=after)


class TestAnotherOffice:
    def test_finds_no_such_right(self, app: Flask) -> None:
        place, _, view = household_with_right()
        stranger = Actor(**{**vars(place.approver), "commune_codes": frozenset({"25777"})})
        for act, given in ((commands.suspend, [MISUSE]), (commands.revoke, []), (commands.ratify, [])):
            with pytest.raises(NoSuchRight):
                do(act, view.id, *given, actor=stranger)

    def test_a_cooperative_may_not_act_at_the_desk(self, app: Flask) -> None:
        _, _, view = household_with_right()
        with pytest.raises(Forbidden):
            do(commands.suspend, view.id, MISUSE, actor=cooperative())


def test_an_erased_persons_certificate_goes_and_the_right_stays(app: Flask) -> None:
    _, farmer, view = household_with_right()
    with unit_of_work() as uow:
        commands.record_certificate(uow, view.id, key_id="k", signature="s", pdf_key="sha256/ab/cd/x")
        commands.forget_person(uow, farmer.person_id, NOW)
        assert uow.session.get_one(UseRight, view.id).pdf_key is None
        gone = uow.session.scalars(select(Outbox).where(Outbox.kind == "blob.forget")).one()
    assert gone.payload == {"key": "sha256/ab/cd/x"}
