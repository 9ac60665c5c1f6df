"""Every act on a right is sealed with it; the certificate's proof is checked without us."""

import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import audit, kept_bodies, sequencer
from ledger.__main__ import main
from ledger.core.policy import parse_policy
from ledger.core.proofs import Bundle, read_bundle
from ledger.core.report import Outcome, Report, State
from ledger.core.verify import verify_bundle
from ledger.log_folder import LogFolder
from ledger.models import Submission
from tests.ledger.core.test_proof_bundles import ask_node, in_node
from tests.scene.ledger import behind_the_back, change
from tests.scene.marks import MENDED, MISUSE, household_with_right
from tests.scene.people import NOW
from trademarks.use_rights import commands
from trademarks.use_rights.models import RightSeal
from trademarks.use_rights.proof import proof_bundle, sealing_of

HOUR = timedelta(hours=1)


def bundle_of(config: Config, right_id: UUID) -> Bundle:
    sequencer.run(config, NOW)
    with unit_of_work(read_only=True) as uow:
        made = proof_bundle(uow, right_id)
    assert made is not None
    return read_bundle(made)


def checked(config: Config, bundle: Bundle) -> Report:
    return verify_bundle(bundle, trust=parse_policy(LogFolder(config.data_dir).policy_path.read_bytes()))


def told(bundle: Bundle) -> list[dict[str, object]]:
    bodies = [getattr(item.disclosure, "body", None) for item in bundle.items]
    return [json.loads(body) for body in bodies if body is not None]


def waiting() -> int:
    with unit_of_work(read_only=True) as uow:
        return len(uow.session.scalars(select(Submission.id)).all())


def test_a_suspended_and_reinstated_right_proves_each_act_in_its_order(app: Flask, config: Config) -> None:
    desk, _, view = household_with_right()
    with unit_of_work() as uow:
        commands.suspend(uow, view.id, MISUSE, actor=desk.approver, now=NOW + HOUR)
    with unit_of_work() as uow:
        commands.reinstate(uow, view.id, MENDED, actor=desk.approver, now=NOW + 2 * HOUR)
    bundle = bundle_of(config, view.id)
    assert checked(config, bundle).outcome is Outcome.VERIFIED
    assert [(act["act"], act["state"], act["reason"]) for act in told(bundle)] == [
        ("granted", "active", None),
        ("suspended", "suspended", "label_misuse"),
        ("reinstated", "active", "corrected"),
    ]
    assert json.loads(str(told(bundle)[0]["certificate"]))["certificate_no"] == view.certificate_no


def test_the_sealed_act_has_no_word_of_the_officer_and_no_person(app: Flask, config: Config) -> None:
    desk, farmer, view = household_with_right()
    with unit_of_work() as uow:
        commands.suspend(uow, view.id, MISUSE, actor=desk.approver, now=NOW + HOUR)
    whole = json.dumps(told(bundle_of(config, view.id)), ensure_ascii=False)
    for hidden in (MISUSE.text, "Hộ ông Ba", str(desk.approver.person_id), str(farmer.person_id)):
        assert hidden not in whole


def test_a_proposal_to_revoke_is_sealed_and_its_content_kept_back(app: Flask, config: Config) -> None:
    desk, _, view = household_with_right()
    with unit_of_work() as uow:
        commands.propose_revocation(uow, view.id, MISUSE, actor=desk.officer, now=NOW + HOUR)
    with unit_of_work() as uow:
        commands.revoke(uow, view.id, actor=desk.approver, now=NOW + 2 * HOUR)
    bundle = bundle_of(config, view.id)
    assert len(bundle.items) == 3
    assert [act["act"] for act in told(bundle)] == ["granted", "revoked"]
    assert checked(config, bundle).outcome is Outcome.VERIFIED


def test_an_act_that_is_rolled_back_leaves_no_entry(app: Flask) -> None:
    desk, _, view = household_with_right()
    before = waiting()
    with suppress(ZeroDivisionError), unit_of_work() as uow:
        commands.suspend(uow, view.id, MISUSE, actor=desk.approver, now=NOW + HOUR)
        raise ZeroDivisionError
    assert waiting() == before


@pytest.mark.parametrize(
    ("table", "sql"),
    [
        ("use_right_change", "UPDATE use_right_change SET reason_code = 'other' WHERE act = 'suspended'"),
        ("", "UPDATE use_right SET facts = replace(facts, '2000', '9000')"),
    ],
)
def test_a_byte_changed_in_an_act_or_in_the_facts_shows(
    app: Flask, config: Config, client: FlaskClient, table: str, sql: str
) -> None:
    desk, _, view = household_with_right()
    with unit_of_work() as uow:
        commands.suspend(uow, view.id, MISUSE, actor=desk.approver, now=NOW + HOUR)
    assert checked(config, bundle_of(config, view.id)).outcome is Outcome.VERIFIED
    address = f"/trademarks/rights/{view.certificate_no}"
    assert "KHÔNG khớp" not in client.get(address).get_data(as_text=True)
    with behind_the_back(*filter(None, [table])):
        change(sql)
    with unit_of_work(read_only=True) as uow:
        assert sealing_of(uow, view.id).fault
    assert checked(config, bundle_of(config, view.id)).outcome is Outcome.REFUSED
    assert "KHÔNG khớp" in client.get(address).get_data(as_text=True)


def test_erasing_the_only_member_makes_the_proof_say_erased_and_never_tampered(
    app: Flask, config: Config, client: FlaskClient
) -> None:
    _, farmer, view = household_with_right()
    sequencer.run(config, NOW)
    with unit_of_work() as uow:
        commands.forget_person(uow, farmer.person_id, NOW + HOUR)
    report = checked(config, bundle_of(config, view.id))
    assert report.outcome is Outcome.VERIFIED
    assert any("erased" in step.text for step in report.steps)
    assert not [step for step in report.steps if step.state is State.REFUSED]
    with unit_of_work(read_only=True) as uow:
        seal = uow.session.scalars(select(RightSeal)).one()
        assert (seal.salt, seal.erased_at) == (None, NOW + HOUR)
        assert sealing_of(uow, view.id).fault is None
    assert "đã hủy" in client.get(f"/trademarks/rights/{view.certificate_no}").get_data(as_text=True)


class TestTheFile:
    def test_is_not_there_before_a_checkpoint(self, app: Flask, client: FlaskClient) -> None:
        _, _, view = household_with_right()
        assert client.get(f"/trademarks/rights/{view.certificate_no}/proof.json").status_code == 404
        assert client.get("/trademarks/rights/QSD-1999-000001/proof.json").status_code == 404

    def test_is_linked_from_the_certificate_and_checked_by_the_command(
        self, app: Flask, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        _, _, view = household_with_right()
        sequencer.run(config, NOW)
        address = f"/trademarks/rights/{view.certificate_no}/proof.json"
        assert address in client.get(f"/trademarks/rights/{view.certificate_no}").get_data(as_text=True)
        answer = client.get(address)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        (tmp_path / "proof.json").write_bytes(answer.data)
        policy = str(LogFolder(config.data_dir).policy_path)
        assert main(["verify", str(tmp_path / "proof.json"), "--policy", policy]) == 0


@in_node
def test_the_browsers_code_takes_the_certificates_proof_step_by_step(app: Flask, config: Config) -> None:
    desk, _, view = household_with_right()
    with unit_of_work() as uow:
        commands.propose_revocation(uow, view.id, MISUSE, actor=desk.officer, now=NOW + HOUR)
    bundle = bundle_of(config, view.id)
    report = checked(config, bundle)
    trust = LogFolder(config.data_dir).policy_path.read_text("utf-8")
    file = SimpleNamespace(data=bundle.to_bytes(), trust=trust)
    (told,) = ask_node("noble", files=[file])["samples"]
    assert told["outcome"] == report.outcome == "verified"
    assert [name for name, *_ in told["steps"]] == [step.name for step in report.steps]


def test_a_changed_act_is_found_by_fsck(app: Flask, config: Config) -> None:
    household_with_right()
    sequencer.run(config, NOW)
    assert fsck(config) == []
    with behind_the_back("use_right_change"):
        change("UPDATE use_right_change SET labels = 9000")
    (found,) = fsck(config)
    assert found.endswith("is not what was sealed")


def fsck(config: Config) -> list[str]:
    with unit_of_work(read_only=True) as uow:
        found = audit.recompute(uow, config)
        kept_bodies.compare(uow, found)
    return found.findings
