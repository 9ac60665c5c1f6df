"""A sheet of labels: what it may stand for, its PDF, and what happens when the disk is full."""

import dataclasses
import resource
import signal
from io import BytesIO
from uuid import UUID, uuid4

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from sqlalchemy import text

from app.kernel import relay
from app.kernel.quantities import kg
from app.kernel.storage import Storage
from app.kernel.uow import unit_of_work
from tests.scene import people
from tests.scene.farm import Books, Farm, a_farm
from traceability.labels import commands, digital_link, queries
from traceability.labels.queries import SheetView
from traceability.labels.rules import AbsurdCount, LabelsExceedLot, most_labels
from traceability.labels.sheet import SheetFacts, facts, render
from traceability.lots.rules import LotOnHold
from traceability.packing.commands import AlreadyShipped, cancel_label


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm(name="Hộ ông Nguyễn Thành Trung Nghĩa ở ấp Thanh Tuyền, xã Thanh An")


def codes_of(pdf: bytes) -> list[str]:
    """Text of every QR code, page by page, at 200 dpi."""
    found = []
    for page in pypdfium2.PdfDocument(BytesIO(pdf)):
        image = page.render(scale=200 / 72).to_pil()
        found += [code.text for code in zxingcpp.read_barcodes(image)]
    return found


def text_of(pdf: bytes) -> str:
    """The text of all pages with single spaces."""
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(BytesIO(pdf))]
    return " ".join(" ".join(pages).split())


def stored(app: Flask, sheet: SheetView) -> bytes:
    storage: Storage = app.extensions["coi.storage"]
    with unit_of_work(read_only=True) as uow:
        key = queries.sheet(uow, sheet.id).pdf_key
    assert key is not None
    return storage.read(key)


class TestAnOrderedSheet:
    def test_has_a_good_serial_for_each_label(self, farm: Farm) -> None:
        sheet = farm.prints(farm.harvests(), 50)
        with unit_of_work(read_only=True) as uow:
            serials = queries.serials_of_sheet(uow, sheet.id)
        assert len(set(serials)) == 50
        assert all(digital_link.normalise(serial) == serial for serial in serials)

    def test_is_ordered_once_however_often_the_phone_sends_it(self, farm: Farm) -> None:
        lot, once = farm.harvests(), uuid4()
        assert farm.prints(lot, client_id=once).id == farm.prints(lot, client_id=once).id

    def test_beyond_what_the_lot_has_is_refused_with_the_figures(self, farm: Farm, books: Books) -> None:
        lot = farm.harvests(kg(120))
        farm.prints(lot, 50)
        with books.unchanged("serial", "outbox"), pytest.raises(LabelsExceedLot) as refused:
            farm.prints(lot, 71)
        assert refused.value.values == {
            "asked_g": 71_000, "remaining_g": 120_000, "labelled_g": 50_000, "most": 70,
        }  # fmt: skip

    @pytest.mark.parametrize("count", [0, 1001])
    def test_of_an_absurd_length_is_refused(self, farm: Farm, count: int) -> None:
        with pytest.raises(AbsurdCount):
            farm.prints(farm.harvests(), count)

    def test_of_a_held_lot_is_refused(self, farm: Farm) -> None:
        farm.sprays("abamectin", phi_days=7, on=farm.now.date())
        with pytest.raises(LotOnHold):
            farm.prints(farm.harvests())

    def test_with_a_mark_needs_a_right_that_covers_the_crop(self, farm: Farm) -> None:
        with pytest.raises(commands.NoRightForMark):
            farm.prints(farm.harvests(), right_id=uuid4())


class TestThePDF:
    def test_has_every_code_and_the_whole_text(self, app: Flask, farm: Farm) -> None:
        lot = farm.harvests()
        sheet = farm.prints(lot, 30)
        assert relay.sweep() >= 1
        pdf = stored(app, sheet)
        with unit_of_work(read_only=True) as uow:
            serials = queries.serials_of_sheet(uow, sheet.id)
        prefix = f"http://coi.test/01/{lot.gtin}/10/{lot.lot_no}/21/"
        assert sorted(codes_of(pdf)) == sorted(prefix + serial for serial in serials)
        told = text_of(pdf)
        for serial in serials:
            assert digital_link.grouped(serial) in told
        assert told.count("Quét để xem vườn") == 30
        assert told.count("Đây không phải mã chuyển tiền") == 30
        assert told.count("Chỉ tin trang có địa chỉ coi.test") == 30
        assert "952" in told
        assert sheet.number in told

    def test_cuts_no_long_name(self, app: Flask, farm: Farm) -> None:
        sheet = farm.prints(farm.harvests(), 2)
        with unit_of_work(read_only=True) as uow:
            given = facts(uow, queries.sheet(uow, sheet.id), site_url="http://coi.test")
        long = dataclasses.replace(
            given,
            product="Măng cụt Dầu Tiếng loại một, trái chín cây, vỏ mỏng, thùng quà Tết",
            grower="Hộ ông Nguyễn Thành Trung Nghĩa, ấp Thanh Tuyền",
            host="truyxuatnguongoc.phongkinhte.dautieng.gov.vn",
        )
        told = text_of(render(long))
        assert told.count(long.product) == 2
        assert told.count(long.grower) == 2
        assert told.count(long.host) == 2
        assert within_labels(long)

    def test_reads_at_level_m_behind_a_long_address(self, app: Flask, farm: Farm) -> None:
        sheet = farm.prints(farm.harvests(), 3)
        site = "https://truyxuatnguongoc.phongkinhte.dautieng.binhduong.gov.vn"
        with unit_of_work(read_only=True) as uow:
            given = facts(uow, queries.sheet(uow, sheet.id), site_url=site)
        assert sorted(codes_of(render(given))) == sorted(given.links)


def within_labels(given: SheetFacts) -> bool:
    """Whether all text of the first label ends inside it: 7.2 to 70.7 mm across, 12.9 to 46.8 mm down."""
    page = pypdfium2.PdfDocument(BytesIO(render(given)))[0]
    words, mm = page.get_textpage(), 72 / 25.4
    height = page.get_height()
    across = [words.get_rect(n) for n in range(words.count_rects())]
    first = [r for r in across if r[0] < 71 * mm and height - r[3] < 46.8 * mm]
    return bool(first) and all(r[2] <= 70.7 * mm + 1 and height - r[1] <= 46.8 * mm + 1 for r in first)


class CrampedStorage:
    """The real store on a disk that takes no more than `room` bytes a file: the kernel refuses the write."""

    def __init__(self, store: Storage, room: int) -> None:
        self.store, self.room = store, room

    def put(self, data: bytes, content_type: str) -> str:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        kept = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.room, before[1]))
        try:
            return self.store.put(data, content_type)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, kept)


class TestADiskThatIsFull:
    def test_is_told_on_the_page_and_the_same_labels_are_printed_later(self, app: Flask, farm: Farm) -> None:
        store = app.extensions["coi.storage"]
        sheet = farm.prints(farm.harvests(), 3)
        client = people.logs_in(app.test_client(), farm.owner)
        with unit_of_work(read_only=True) as uow:
            ordered = queries.serials_of_sheet(uow, sheet.id)

        app.extensions["coi.storage"] = CrampedStorage(store, room=1_000)
        relay.sweep()
        assert sheet_of(sheet.id).failed_at is not None
        assert "Chưa in được" in client.get(f"/farm/labels/{sheet.id}").text
        assert client.get(f"/farm/labels/{sheet.id}.pdf").status_code == 404

        app.extensions["coi.storage"] = store
        with unit_of_work() as uow:
            uow.session.execute(text("UPDATE outbox SET next_at = created_at WHERE state = 'pending'"))
        relay.sweep()
        pdf = client.get(f"/farm/labels/{sheet.id}.pdf")
        assert pdf.mimetype == "application/pdf"
        assert sorted(code.rpartition("/")[2] for code in codes_of(pdf.data)) == sorted(ordered)


class TestACancelledLabel:
    def test_is_void_and_frees_its_goods_for_another(self, farm: Farm) -> None:
        lot = farm.harvests(kg(10))
        sheet = farm.prints(lot, 10)
        with unit_of_work() as uow:
            serial = queries.serials_of_sheet(uow, sheet.id)[0]
            cancel_label(uow, serial, actor=farm.owner, now=farm.now)
            found = queries.find_serial(uow, serial)
        assert found is not None
        assert found.state == "void"
        assert farm.prints(lot, 1).count == 1

    def test_on_a_pack_gives_the_grams_back(self, farm: Farm) -> None:
        lot = farm.harvests(kg(10))
        farm.prints(lot, 10)
        serial = farm.packs(lot, 10).serials[0]
        with unit_of_work() as uow:
            cancel_label(uow, serial, actor=farm.owner, now=farm.now)
            cancel_label(uow, serial, actor=farm.owner, now=farm.now)
        assert farm.again(lot).remaining_g == 1_000

    def test_on_a_pack_that_left_is_refused(self, farm: Farm) -> None:
        lot = farm.harvests(kg(10))
        farm.prints(lot, 10)
        farm.packs(lot, 10)
        serial = farm.ships(lot, 1)[0]
        with unit_of_work() as uow, pytest.raises(AlreadyShipped):
            cancel_label(uow, serial, actor=farm.owner, now=farm.now)


@pytest.mark.parametrize(
    ("remaining_g", "labelled_g", "most"),
    [(10_000, 0, 10), (10_000, 9_500, 0), (0, 500, 0), (10**9, 0, 1000)],
)
def test_the_most_labels_that_still_go(remaining_g: int, labelled_g: int, most: int) -> None:
    assert most_labels(unit_g=1_000, remaining_g=remaining_g, labelled_g=labelled_g) == most


@pytest.fixture
def books(app: Flask) -> Books:
    return Books()


def sheet_of(sheet_id: UUID) -> SheetView:
    with unit_of_work(read_only=True) as uow:
        return queries.sheet(uow, sheet_id)


def test_a_stranger_does_not_see_a_sheet(app: Flask, farm: Farm) -> None:
    sheet = farm.prints(farm.harvests(), 1)
    client = people.logs_in(app.test_client(), people.farm_household("Hộ bà Tư"))
    assert client.get(f"/farm/labels/{sheet.id}").status_code == 404
