"""The words of each state for goods packed before, after, or on a day that nobody knows."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from app.kernel.db import new_id
from app.kernel.problems import DomainError
from app.kernel.uow import unit_of_work
from app.web.problems import SENTENCES
from tests.scene.marks import desk
from trademarks.register.queries import mark
from trademarks.use_rights import changes, commands, download, granting, letters, queries, rules, sentences
from trademarks.use_rights.queries import RightStatus
from trademarks.use_rights.rules import Act, Reason, RightState

PACKED = date(2026, 5, 1)


def status(state: RightState, packed_in_force: bool | None) -> RightStatus:
    place = desk()
    with unit_of_work(read_only=True) as uow:
        view = mark(uow, place.mark_id)
    return RightStatus(
        right_id=new_id(),
        certificate_no="QSD-2026-000001",
        state=state,
        since=datetime(2026, 6, 1, tzinfo=UTC),
        scope=("mangosteen",),
        reason="origin" if state in {RightState.SUSPENDED, RightState.REVOKED} else None,
        lawful_before=packed_in_force is True and state is not RightState.ACTIVE,
        packed_on=None if packed_in_force is None else PACKED,
        packed_in_force=packed_in_force,
        lapses_at=None,
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
        organisation_id=new_id(),
        mark=view,
        simulated=True,
    )


@pytest.mark.parametrize("state", list(RightState))
@pytest.mark.parametrize("packed", [True, False, None])
def test_every_state_has_a_sentence_for_every_packing_day(
    app: Flask, state: RightState, packed: bool | None
) -> None:
    told = sentences.headline(status(state, packed))
    assert "Măng cụt huyện Dầu Tiếng" in told
    assert ("01/05/2026" in told) is (packed is not None)
    assert "%(" not in told


def test_twelve_cases_have_twelve_different_sentences(app: Flask) -> None:
    made = {sentences.headline(status(s, p)) for s in RightState for p in (True, False, None)}
    assert len(made) == 12


@pytest.mark.parametrize("state", [RightState.SUSPENDED, RightState.REVOKED, RightState.EXPIRED])
def test_goods_packed_lawfully_before_say_so(app: Flask, state: RightState) -> None:
    told = sentences.headline(status(state, True))
    assert "khi quyền dùng nhãn hiệu “Măng cụt huyện Dầu Tiếng” còn hiệu lực" in told


def test_a_suspension_names_scope_and_appeal(app: Flask) -> None:
    told = " ".join(sentences.lines(status(RightState.SUSPENDED, None)))
    assert "Lý do: Hàng không rõ từ vùng được mang nhãn hiệu." in told
    assert "Chỉ đình chỉ việc dùng nhãn hiệu" in told
    assert "khiếu nại" in told


def test_no_sentence_promises_what_nobody_can_know(app: Flask) -> None:
    said = " ".join(
        str(text)
        for texts in (sentences._NO_DAY, sentences._LAWFUL, sentences._NOT_LAWFUL)
        for text in texts.values()
    )
    for word in ("hàng thật", "an toàn", "chính hãng", "blockchain"):
        assert word not in said.lower()


def test_every_act_and_every_reason_has_words(app: Flask) -> None:
    assert set(sentences.ACTS) == set(Act)
    assert set(sentences.REASONS) == set(Reason)
    assert set(sentences.STATES) == set(RightState)


@pytest.mark.parametrize("act", sorted(letters.TOLD))
def test_every_letter_is_whole_and_without_a_link(app: Flask, act: Act) -> None:
    told = letters.letter(
        act,
        certificate_no="QSD-2026-000001",
        mark="Măng cụt",
        until=date(2026, 12, 31),
        at=datetime(2026, 6, 1, 3, tzinfo=UTC),
        reason=Reason.ORIGIN,
        text="lời viết",
        labels=2000,
    )
    assert "QSD-2026-000001" in told
    assert "%(" not in told
    assert "http" not in told
    assert "  " not in told
    assert len(told) < 450


def test_every_error_of_the_package_has_its_sentence(app: Flask) -> None:
    modules = (changes, commands, download, granting, queries, rules)
    errors = {
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, DomainError)
        and thing.__module__.startswith("trademarks")
    }
    assert len(errors) >= 11
    assert [error.__name__ for error in errors if SENTENCES.get(error.type) is None] == []
