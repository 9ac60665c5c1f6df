"""A case from its opening to its decision, told as its people live it."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from app.cases import commands, queries, rules
from app.cases.commands import KINDS, CaseKind, nothing_further
from app.cases.rules import Decision
from app.identity.gateway import kept_messages
from app.identity.models import AuditEntry
from app.kernel import relay
from app.kernel.db import new_id
from app.kernel.problems import Conflict, Forbidden, NotFound
from app.kernel.uow import unit_of_work
from tests.scene.people import NOW, colleague, farm_household, office

FRIDAY = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def desk(app: Flask):
    """An office with an officer, a second one, and a farmer; a kind of case with four eyes."""
    decided: list[tuple[str, Decision]] = []

    def note(uow, case, decision, actor, now) -> None:
        decided.append((case.number, decision))

    KINDS.add(app, "two", CaseKind("Việc của hai người", 3, True, note))
    KINDS.add(app, "one", CaseKind("Việc của một người", 3, False, nothing_further))
    first = office()
    second = colleague(first.organisation_id, ["approving_officer"])
    return Desk(first, second, farm_household(), decided)


class Desk:
    def __init__(self, first, second, farmer, decided) -> None:
        self.first, self.second, self.farmer, self.decided = first, second, farmer, decided

    def opens(self, kind="one", actor="farmer", **more):
        who = self.farmer if actor == "farmer" else actor
        with unit_of_work() as uow:
            return commands.open_case(
                uow, kind=kind, office_id=self.first.organisation_id, subject="x", title="Xin việc này",
                facts={}, organisation_id=who.organisation_id if who else None, actor=who, now=FRIDAY, **more,
            )  # fmt: skip

    def proposes(self, case, decision="granted", reason="", who=None):
        with unit_of_work() as uow:
            return commands.propose(uow, case.id, decision, reason, actor=who or self.first, now=NOW)

    def decides(self, case, decision="granted", reason="", who=None, **more):
        with unit_of_work() as uow:
            return commands.decide(uow, case.id, decision, reason, actor=who or self.second, now=NOW, **more)


class TestOpening:
    def test_gives_a_number_of_the_office_and_year(self, desk):
        first, second = desk.opens(), desk.opens()
        prefix = first.number[: -len("-2026-000001")]
        assert first.number == f"{prefix}-2026-000001"
        assert second.number == f"{prefix}-2026-000002"

    def test_counts_working_days_only(self, desk):
        # Friday; a weekend and the day of culture (24 November) lie between.
        assert desk.opens().due_on == date(2026, 11, 26)

    def test_twice_with_one_client_id_is_one_case(self, desk):
        client_id = new_id()
        assert desk.opens(client_id=client_id).id == desk.opens(client_id=client_id).id

    def test_with_the_client_id_of_another_is_refused(self, desk):
        client_id = new_id()
        desk.opens(client_id=client_id)
        with pytest.raises(Conflict):
            desk.opens(actor=farm_household(), client_id=client_id)

    def test_by_the_public_needs_nobody(self, desk):
        case = desk.opens(actor=None, contact_phone="+84912345678")
        assert (case.filed_by_id, case.contact_phone) == (None, "+84912345678")

    def test_of_a_kind_that_nobody_registered_is_refused(self, desk):
        with pytest.raises(NotFound):
            desk.opens(kind="nothing-like-that")

    def test_for_a_farmer_by_a_helper_keeps_both_and_tells_the_farmer(self, desk):
        helper = farm_household("Tổ hỗ trợ")
        acting = type(helper)(
            **{**helper.__dict__, "acting_for_id": desk.farmer.person_id, "acting_for_name": "Nguyễn Văn Thử"}
        )
        case = desk.opens(actor=acting)
        assert (case.filed_by_id, case.for_whom_id) == (helper.person_id, desk.farmer.person_id)
        relay.sweep()
        told = kept_messages()[0]
        with unit_of_work(read_only=True) as uow:
            both = uow.session.query(AuditEntry).filter_by(action="case.opened").one()
        assert case.number in told["text"]
        assert (both.person_id, both.acting_for_id) == (helper.person_id, desk.farmer.person_id)

    def test_at_the_same_moment_gives_different_numbers(self, app, desk):
        numbers: list[str] = []

        def one() -> None:
            with app.app_context():
                numbers.append(desk.opens().number)

        threads = [threading.Thread(target=one) for _ in range(6)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert sorted(n[-1] for n in numbers) == list("123456")


class TestFourEyes:
    def test_two_officers_decide_and_the_room_acts_once(self, desk):
        case = desk.opens("two")
        desk.proposes(case)
        decided = desk.decides(case)
        assert (decided.state, decided.decision) == ("decided", "granted")
        assert (decided.first_officer_id, decided.second_officer_id) == (
            desk.first.person_id,
            desk.second.person_id,
        )
        assert desk.decided == [(case.number, Decision.GRANTED)]

    def test_one_alone_cannot(self, desk):
        with pytest.raises(rules.SecondOfficerNeeded):
            desk.decides(desk.opens("two"))

    def test_the_same_officer_cannot_be_both(self, desk):
        case = desk.opens("two")
        desk.proposes(case, who=desk.second)
        with pytest.raises(rules.SameOfficer):
            desk.decides(case, who=desk.second)

    def test_an_officer_who_may_not_approve_cannot_be_the_second(self, desk):
        case = desk.opens("two")
        desk.proposes(case)
        with pytest.raises(Forbidden):
            desk.decides(case, who=colleague(desk.first.organisation_id, ["officer"]))

    def test_the_second_sends_back_what_he_does_not_share(self, desk):
        case = desk.opens("two")
        desk.proposes(case)
        with pytest.raises(rules.ProposalDiffers):
            desk.decides(case, "refused", "Không đủ")
        with unit_of_work() as uow:
            back = commands.send_back(uow, case.id, "Xem lại diện tích", actor=desk.second, now=NOW)
        assert (back.state, back.first_officer_id) == ("open", None)

    def test_nothing_is_kept_when_the_room_refuses(self, app, desk):
        def refuse(uow, case, decision, actor, now) -> None:
            raise Conflict

        KINDS.add(app, "three", CaseKind("Việc khác", None, False, refuse))
        case = desk.opens("three")
        with pytest.raises(Conflict):
            desk.decides(case, who=desk.first)
        with unit_of_work(read_only=True) as uow:
            assert queries.case_by_id(uow, case.id).state == "open"


class TestDeciding:
    def test_a_refusal_needs_a_reason_that_the_applicant_is_told(self, desk):
        case = desk.opens()
        with pytest.raises(rules.ReasonMissing):
            desk.decides(case, "refused", "  ", who=desk.first)
        desk.decides(case, "refused", "Thửa ngoài vùng", who=desk.first)
        relay.sweep()
        assert "Thửa ngoài vùng" in kept_messages()[0]["text"]

    def test_nobody_decides_his_own_case(self, desk):
        case = desk.opens(actor=desk.first)
        with pytest.raises(rules.OwnCase):
            desk.decides(case, who=desk.first)

    def test_a_decided_case_stays_decided(self, desk):
        case = desk.opens()
        desk.decides(case, who=desk.first)
        with pytest.raises(rules.CaseIsDecided):
            desk.decides(case, "refused", "đổi ý", who=desk.first)

    def test_the_second_of_two_officers_in_one_record_is_told(self, desk):
        case = desk.opens()
        with unit_of_work() as uow:
            commands.return_once(
                uow, case.id, "Thiếu giấy", actor=desk.first, now=NOW, revision=case.revision
            )
        with pytest.raises(rules.Changed):
            desk.decides(case, who=desk.second, revision=case.revision)

    def test_another_office_does_not_even_see_it(self, desk):
        case, stranger = desk.opens(), office("Phòng khác")
        with pytest.raises(NotFound):
            desk.decides(case, who=stranger)
        with unit_of_work(read_only=True) as uow, pytest.raises(NotFound):
            queries.case(uow, stranger, case.id)


class TestReturning:
    def test_happens_once_and_the_term_begins_anew(self, desk):
        case = desk.opens()
        with unit_of_work() as uow:
            commands.return_once(uow, case.id, "Thiếu ảnh, thiếu tên", actor=desk.first, now=NOW)
        later = NOW + timedelta(days=10)
        with unit_of_work() as uow:
            mended = commands.answer(uow, case.id, "Đã thêm", actor=desk.farmer, now=later)
        assert mended.state == "open"
        assert mended.due_on > case.due_on
        with unit_of_work() as uow, pytest.raises(rules.AlreadyReturned):
            commands.return_once(uow, case.id, "Lại thiếu", actor=desk.first, now=later)

    def test_leaves_a_timeline_newest_first(self, desk):
        case = desk.opens()
        with unit_of_work() as uow:
            commands.return_once(uow, case.id, "Thiếu ảnh", actor=desk.first, now=NOW + timedelta(hours=1))
        with unit_of_work(read_only=True) as uow:
            steps = queries.timeline(uow, case.id)
        assert [step.kind for step in steps] == ["returned", "opened"]
        assert steps[0].note == "Thiếu ảnh"


def test_an_emergency_ends_after_a_day_and_exists_for_holds_and_suspensions_only():
    assert rules.emergency_lapses_at("hold", NOW) == NOW + timedelta(hours=24)
    with pytest.raises(ValueError, match="revoke"):
        rules.emergency_lapses_at("revoke", NOW)
