"""A person who was in every room is erased: nobody finds him again, and the goods' proofs still stand."""

import base64
import io
import json
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import JSON, LargeBinary, String, select

from app.cases import commands as cases
from app.cases import documents, kinds
from app.cases.queries import case_by_id, timeline
from app.identity import commands as identity
from app.identity import throttle
from app.identity.commands import erase_person
from app.identity.models import Organisation, Person
from app.kernel import clock, relay
from app.kernel.config import Config
from app.kernel.db import Base
from app.kernel.quantities import kg
from app.kernel.text import fold
from app.kernel.uow import unit_of_work
from app.registry.models import Plot
from ledger import sequencer
from ledger.core.note import parse_vkey
from ledger.core.policy import Policy
from ledger.core.proofs import read_bundle
from ledger.core.report import Outcome
from ledger.core.verify import verify_bundle
from sensors_link.devices.commands import EnrolDevice, enrol
from sensors_link.history.models import ReadingBatch
from tests.scene import marks, people, shop
from tests.scene.farm import Farm, plot_of, trade_item
from traceability.diary.rules import WorkKind
from traceability.labels import digital_link
from traceability.lots import commands as lots
from traceability.lots import queries as lot_queries
from traceability.lots.sentences import hold_sentence
from traceability.recall.commands import RecallLot, recall_lot
from traceability.recall.rules import RecallClass
from traceability.scans.models import CopySuspicion
from traceability.trace_page import queries as trace
from traceability.trace_page.checking import check_lot
from traceability.trace_page.proof import proof_bundle
from trademarks.use_rights import commands as rights
from trademarks.use_rights.commands import Because
from trademarks.use_rights.rules import Reason

NAME, HOUSEHOLD = "Huỳnh Bá Lộc Thảo", "Hộ ông Lộc Thảo"
WORD = "xoàithầmkín"  # in everything that he typed, or that others wrote to him and about him
ERASED = "đã xóa theo yêu cầu"


@pytest.fixture
def farm(app: Flask) -> Farm:
    """His household, of which he is the only member; name and number are like nobody else's."""
    owner = people.member("farm_household", HOUSEHOLD, ("farmer", "packer", "seller"), person=NAME)
    with unit_of_work() as uow:
        household = uow.session.get_one(Organisation, owner.organisation_id)
        household.phone, household.hamlet = "+84977123455", f"Ấp {WORD}"
        household.bank_account, household.bank_holder = "19036600778899", NAME
        uow.session.get_one(Person, owner.person_id).phone = "+84977123455"
    trade_item()
    plot_id = plot_of(owner, name=f"Vườn {WORD}")
    with unit_of_work() as uow:
        where = {"type": "Point", "coordinates": [106.3612345, 11.2812345]}
        uow.session.get_one(Plot, plot_id).geometry = where
    return Farm(owner, plot_id)


def a_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "JPEG", comment=f"{NAME} {WORD}".encode())
    return out.getvalue()


def everything_said(app: Flask, farm: Farm, config: Config) -> dict[str, object]:
    """Fill every room with him; returns what the test looks at again."""
    desk = marks.desk()
    me, office, now = farm.owner, desk.officer, farm.now
    approver = desk.approver
    with unit_of_work() as uow:
        identity.grant_consent(
            uow, person_id=me.person_id, organisation_id=me.organisation_id, purpose="show_name", now=now
        )
        enrol(uow, EnrolDevice(name=f"Máy {WORD}", origin=f"của {NAME}"), actor=me, now=now)
    with unit_of_work() as uow:
        device_id = uow.session.execute(select(Base.metadata.tables["device"].c.id)).scalar_one()
        uow.add(
            ReadingBatch(
                device_id=device_id, grade="file_upload", person_id=me.person_id,
                file_name=f"{WORD}.csv", received_at=now,
            )
        )  # fmt: skip
    throttle.count("send:+84977123455", now)
    # the diary and the goods: one lot held by a rule, by an officer, and called back
    farm.sprays(f"thuốc {WORD}", phi_days=7, on=date(2026, 11, 18))
    farm.works(
        WorkKind.FERTILISE,
        on=date(2026, 11, 17),
        product=f"phân {WORD}",
        dose=WORD,
        note=f"{NAME} 0977 123 455 {WORD}",
    )
    held = farm.harvests(kg(50))
    with unit_of_work() as uow:
        lots.hold(uow, held.id, reason=f"Xem vườn {WORD} của {NAME}", actor=office, now=now)
    sold = farm.harvests(kg(20))
    with unit_of_work() as uow:
        for lot in (held, sold):
            lots.release(uow, lot.id, reason=f"Đã xem {WORD} với {NAME}", actor=office, now=now)
    farm.prints(sold, 10)
    farm.packs(sold, 10)
    with unit_of_work() as uow:
        uow.add(
            CopySuspicion(
                serial="X", lot_id=sold.id, since=now, reason="many-scans", scans=9, networks=9,
                cleared_at=now, cleared_by_id=office.person_id, clear_reason=f"{NAME} {WORD}",
            )
        )  # fmt: skip
    recalled = farm.harvests(kg(30), on=date(2026, 11, 17))
    with unit_of_work() as uow:
        recall_lot(
            uow,
            RecallLot(
                lot_id=recalled.id, recall_class=RecallClass.SAFETY, document_no="12/QĐ",
                reason=f"Dư lượng ở lô của {NAME}, {HOUSEHOLD}, gọi +84 977 123 455",
            ),
            actor=office, now=now,
        )  # fmt: skip
    # the shop, as a seller and as a buyer
    listing = shop.offered(farm, sold, units=5)
    bought = shop.guest_orders((listing, 1))
    with unit_of_work() as uow:
        orders = Base.metadata.tables["order"]
        uow.session.execute(
            orders.update().values(buyer_name=NAME, buyer_phone="+84977123455", buyer_address=f"Số 1 {WORD}")
        )
    # cases: a question with a paper, a report from the street, an application, the right and its acts
    received = documents.receive(app.extensions["coi.storage"], f"{WORD}.jpg", a_picture())
    with unit_of_work() as uow:
        asked = cases.open_case(
            uow, kind=kinds.QUESTION, office_id=office.organisation_id, subject=str(me.organisation_id),
            title=f"{WORD} {NAME}", facts={"question": WORD}, actor=me,
            organisation_id=me.organisation_id, now=now,
        )  # fmt: skip
        cases.add_document(uow, asked.id, received, source="online", actor=me, now=now)
        cases.return_once(uow, asked.id, f"Thiếu {WORD}", actor=office, now=now)
        cases.answer(uow, asked.id, f"Đây {WORD}", actor=me, now=now)
        cases.open_case(
            uow, kind="problem-report", office_id=office.organisation_id, subject=WORD, title=WORD,
            facts={"text": WORD, "code": WORD}, contact_phone="+84977123455", actor=None, now=now,
        )  # fmt: skip
    right = marks.granted(desk, me)
    because = Because(Reason.LABEL_MISUSE, f"{NAME} {WORD}")
    with unit_of_work() as uow:
        rights.suspend(uow, right.id, because, actor=approver, now=now)
        rights.propose_revocation(uow, right.id, because, actor=office, now=now)
    farm.prints(held, 5)
    relay.sweep()
    sequencer.run(config, clock.now())
    return {"desk": desk, "held": held, "sold": sold, "recalled": recalled, "asked": asked, "bought": bought}


def erase(farm: Farm) -> None:
    with unit_of_work() as uow:
        erase_person(uow, farm.owner.person_id, actor=None, now=clock.now())
    relay.sweep()


def every_text(config: Config) -> Iterator[tuple[str, str]]:
    """Where and what: each text, JSON and byte column of each table, each stored and published file."""
    for table in Base.metadata.sorted_tables:
        columns = [c for c in table.columns if isinstance(c.type, String | JSON | LargeBinary)]
        if not columns:
            continue
        with unit_of_work(read_only=True) as uow:
            for row in uow.session.execute(select(*columns)):
                for column, value in zip(columns, row, strict=True):
                    if value is not None:
                        yield f"{table.name}.{column.name}", _as_text(value)
    for path in config.data_dir.rglob("*"):
        if path.is_file() and not path.name.startswith("coi.sqlite3"):
            yield str(path), _as_text(path.read_bytes())


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def traces(config: Config) -> set[str]:
    """The places where his name, his number or his words stand."""
    wanted = [
        fold(NAME),
        fold(HOUSEHOLD),
        fold(WORD),
        "977123455",
        "977 123 455",
        "11.2812345",
        "19036600778899",
    ]
    return {place for place, text in every_text(config) if any(word in fold(text) for word in wanted)}


class TestAfterErasingAPersonOfEveryRoom:
    def test_neither_table_nor_file_has_his_name_number_or_words(
        self, app: Flask, farm: Farm, config: Config
    ) -> None:
        everything_said(app, farm, config)
        before = traces(config)
        for place in (
            "person.full_name", "person.phone", "organisation.name", "organisation.hamlet", "plot.name",
            "plot.geometry", "device.name", "device.origin", "reading_batch.file_name", "throttle.subject",
            "diary_words.product", "diary_words.note", "disclosure.words", "lot_hold.values",
            "lot_hold.reason", "recall.reason", "copy_suspicion.clear_reason", "order.buyer_name",
            "order.buyer_phone", "order.buyer_address", "case_file.title", "case_file.facts",
            "case_file.contact_phone", "case_note.text", "case_document.name", "use_right_words.letter",
            "use_right_words.reason_text", "use_right.revocation_text", "dev_message.to",
        ):  # fmt: skip
            assert place in before, f"the scene does not fill {place}"
        assert any("files" in place for place in before), "the scene stores no file of his"
        keys = named_files()
        assert len(keys) == 5  # two sheets, the certificate, a picture as shown and as it came
        erase(farm)
        assert traces(config) == set()
        storage = app.extensions["coi.storage"]
        assert [key for key in keys if storage.exists(key)] == []

    def test_every_lot_still_proves_what_is_left_and_calls_the_rest_erased_never_tampered(
        self, app: Flask, farm: Farm, config: Config, client: FlaskClient
    ) -> None:
        said = everything_said(app, farm, config)
        before = {name: bundle_of(said[name]) for name in ("held", "sold", "recalled")}
        erase(farm)
        for name, known in before.items():
            bundle = bundle_of(said[name])
            trust = Policy(logs=(parse_vkey(read_bundle(bundle).vkey),))
            report = verify_bundle(read_bundle(bundle), trust=trust)
            assert report.outcome is Outcome.VERIFIED, report
            items = json.loads(bundle)["items"]
            erased = [one for one in items if one["disclosure"].get("erased")]
            opened = [one for one in items if "salt" in one["disclosure"]]
            assert erased, name
            assert opened, name
            assert len(items) == len(json.loads(known)["items"])
            assert all(WORD.encode() not in base64.b64decode(one["disclosure"]["body"]) for one in opened)
            page = client.get(f"/01/{said[name].gtin}/10/{said[name].lot_no}")
            assert 'data-status="mismatch"' not in page.text
            assert ERASED in page.text
            assert WORD not in page.text

    def test_a_seal_notices_when_words_were_changed_and_not_erased(self, farm: Farm, config: Config) -> None:
        farm.works(product="phân chuồng")
        lot = farm.harvests()
        sequencer.run(config, clock.now())
        with unit_of_work() as uow:
            table = Base.metadata.tables["disclosure"]
            uow.session.execute(
                table.update().where(table.c.words.is_not(None)).values(words=b'{"coi:product":"x"}')
            )
        with unit_of_work(read_only=True) as uow:
            found = trace.find(uow, digital_link.read(f"/01/{lot.gtin}/10/{lot.lot_no}"))
            assert found is not None
            check = check_lot(uow, found.lot_id, revision=found.revision, before=None, now=clock.now())
            assert check.fault is not None

    def test_what_the_law_keeps_is_kept(self, app: Flask, farm: Farm, config: Config) -> None:
        said = everything_said(app, farm, config)
        erase(farm)
        order = shop.order_again(said["bought"][0])
        assert (order.number, order.total_vnd) == (said["bought"][0].number, 60_000)
        with unit_of_work(read_only=True) as uow:
            case = case_by_id(uow, said["asked"].id)
            assert (case.number, case.state, case.decision) == (said["asked"].number, "decided", "closed")
            assert timeline(uow, case.id)[0].kind == "erased"
            recall = trace.recall_of(uow, said["recalled"].id)
            assert recall is not None
            assert recall.reason == "Dư lượng ở lô của …, …, gọi …"
            holds = lot_queries.holds_of(uow, said["held"].id)
            assert any(ERASED in hold_sentence(hold) for hold in holds)
            assert uow.session.get_one(Plot, farm.plot_id).geometry["coordinates"] == [106.36, 11.28]


def named_files() -> list[str]:
    with unit_of_work(read_only=True) as uow:
        tables = Base.metadata.tables
        asked = (
            (tables["label_sheet"].c.pdf_key,), (tables["use_right"].c.pdf_key,),
            (tables["case_document"].c.storage_key, tables["case_document"].c.original_key),
        )  # fmt: skip
        return sorted(
            {key for columns in asked for row in uow.session.execute(select(*columns)) for key in row if key}
        )


def bundle_of(lot: object) -> bytes:
    with unit_of_work(read_only=True) as uow:
        found = proof_bundle(uow, lot.id)
    assert found is not None
    return found
