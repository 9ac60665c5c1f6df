"""A harvest becomes a lot; what is doubtful is recorded and held, what cannot be is refused."""

from datetime import date, timedelta
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from flask import Flask

from app.kernel.problems import Forbidden, NotFound
from app.kernel.quantities import AbsurdWeight, kg
from app.kernel.uow import unit_of_work
from tests.scene import people
from tests.scene.farm import TODAY, Books, Farm, a_farm, rows
from traceability.labels.commands import PrintSheet, print_sheet
from traceability.labels.rules import LabelsExceedLot
from traceability.lots import commands, queries, rules
from traceability.lots.commands import LessThanPacked, NotHeld, RegisterHarvest, register_harvest
from traceability.lots.rules import HarvestInTheFuture, HoldKind, LotOnHold, LotState, OwnHold

MARCH = date(2026, 3, 1)


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


@pytest.fixture
def books(app: Flask) -> Books:
    return Books()


class TestAHarvest:
    def test_opens_a_lot_with_a_number_that_gs1_reads(self, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        assert lot.lot_no.startswith("MC261120-")
        assert len(lot.lot_no) <= 20
        assert (lot.weight_g, lot.remaining_g, lot.state) == (120_000, 120_000, LotState.OPEN)

    def test_is_written_once_however_often_the_phone_sends_it(self, farm: Farm) -> None:
        once = uuid4()
        assert farm.harvests(client_id=once).id == farm.harvests(client_id=once).id
        assert (rows("lot"), rows("epcis_event"), rows("submission")) == (1, 1, 1)

    def test_in_the_future_is_refused_and_writes_nothing(self, farm: Farm, books: Books) -> None:
        with books.unchanged("lot", "epcis_event", "outbox"), pytest.raises(HarvestInTheFuture):
            farm.harvests(on=TODAY + timedelta(days=1))

    @pytest.mark.parametrize("weight_g", [0, -1, 10**12])
    def test_of_an_absurd_weight_is_refused(self, farm: Farm, weight_g: int) -> None:
        with pytest.raises(AbsurdWeight):
            farm.harvests(weight_g)

    def test_on_a_plot_of_somebody_else_is_not_found(self, farm: Farm) -> None:
        stranger = people.farm_household("Hộ bà Tư")
        with pytest.raises(NotFound):
            Farm(stranger, farm.plot_id).harvests()

    def test_is_not_written_by_an_officer_who_sees_the_plot(self, farm: Farm) -> None:
        with pytest.raises(NotFound):
            Farm(people.office(), farm.plot_id).harvests()


class TestHarvestInsideThePreHarvestInterval:
    def test_is_recorded_and_held_with_the_first_allowed_day(self, farm: Farm) -> None:
        farm.sprays("abamectin", phi_days=7, on=MARCH)
        lot = farm.harvests(on=MARCH + timedelta(days=6))
        assert lot.state is LotState.HELD
        assert [(hold.kind, hold.values) for hold in lot.holds] == [
            (HoldKind.EARLY_HARVEST, {"product": "abamectin", "allowed_from": "2026-03-08"})
        ]

    def test_on_the_first_allowed_day_is_open(self, farm: Farm) -> None:
        farm.sprays("abamectin", phi_days=7, on=MARCH)
        assert farm.harvests(on=MARCH + timedelta(days=7)).state is LotState.OPEN

    def test_is_held_also_when_the_spray_is_told_afterwards(self, farm: Farm) -> None:
        lot = farm.harvests(on=MARCH + timedelta(days=6))
        farm.sprays("abamectin", phi_days=7, on=MARCH)
        assert farm.again(lot).state is LotState.HELD

    def test_a_corrected_spray_no_longer_counts(self, farm: Farm) -> None:
        wrong = farm.sprays("abamectin", phi_days=7, on=MARCH)
        farm.works(wrong.kind, on=MARCH, product="abamectin", phi_days=3, corrects_id=wrong.id)
        assert farm.harvests(on=MARCH + timedelta(days=4)).state is LotState.OPEN

    def test_cannot_be_labelled_and_writes_nothing(self, farm: Farm, books: Books) -> None:
        farm.sprays("abamectin", phi_days=7, on=MARCH)
        lot = farm.harvests(on=MARCH)
        with books.unchanged("label_sheet", "serial", "outbox"), pytest.raises(LotOnHold):
            farm.prints(lot)


class TestMoreThanThePlotBears:
    def test_is_recorded_and_held_with_the_figures(self, app: Flask) -> None:
        small = a_farm(area_m2=100)  # 15 t/ha of mangosteen: 150 kg
        lot = small.harvests(kg(151))
        assert [(hold.kind, hold.values["capacity_g"]) for hold in lot.holds] == [
            (HoldKind.OVER_CAPACITY, 150_000)
        ]

    def test_counts_the_whole_year_of_the_plot(self, app: Flask) -> None:
        small = a_farm(area_m2=100)
        assert small.harvests(kg(100), on=TODAY - timedelta(days=30)).state is LotState.OPEN
        assert small.harvests(kg(51)).state is LotState.HELD

    def test_a_correction_beyond_it_holds_the_lot(self, app: Flask) -> None:
        small = a_farm(area_m2=100)
        lot = small.harvests(kg(100))
        assert small.corrects(lot, kg(200)).state is LotState.HELD


class TestRelease:
    def held(self, farm: Farm) -> UUID:
        farm.sprays("abamectin", phi_days=7, on=TODAY)
        return farm.harvests().id

    def test_by_an_officer_with_a_reason_opens_the_lot(self, farm: Farm) -> None:
        lot_id = self.held(farm)
        with unit_of_work() as uow:
            lot = commands.release(
                uow, lot_id, reason="Đã có kết quả dư lượng", actor=people.office(), now=farm.now
            )
        assert (lot.state, lot.holds) == (LotState.OPEN, ())

    def test_by_a_packer_of_the_cooperative_opens_the_lot(self, app: Flask) -> None:
        cooperative = people.cooperative()
        farm = a_farm(inside=cooperative.organisation_id)
        lot_id = self.held(farm)
        with unit_of_work() as uow:
            commands.release(uow, lot_id, reason="Đã lấy mẫu thử", actor=cooperative, now=farm.now)
            told = queries.holds_of(uow, lot_id)
        assert [(hold.reason, hold.released_by) for hold in told] == [
            ("Đã lấy mẫu thử", cooperative.person_id)
        ]

    def test_by_the_household_that_harvested_is_refused(self, farm: Farm) -> None:
        lot_id = self.held(farm)
        with unit_of_work() as uow, pytest.raises(OwnHold):
            commands.release(uow, lot_id, reason="Tôi thấy không sao", actor=farm.owner, now=farm.now)

    def test_by_a_packer_of_a_cooperative_that_it_is_not_in_is_not_found(self, farm: Farm) -> None:
        lot_id = self.held(farm)
        with unit_of_work() as uow, pytest.raises(NotFound):
            commands.release(uow, lot_id, reason="Đã lấy mẫu thử", actor=people.cooperative(), now=farm.now)

    def test_without_words_is_refused(self, farm: Farm) -> None:
        lot_id = self.held(farm)
        with unit_of_work() as uow, pytest.raises(rules.ReasonMissing):
            commands.release(uow, lot_id, reason=" ok ", actor=people.office(), now=farm.now)

    def test_of_an_open_lot_is_refused(self, farm: Farm) -> None:
        lot = farm.harvests()
        with unit_of_work() as uow, pytest.raises(NotHeld):
            commands.release(uow, lot.id, reason="Không có gì", actor=people.office(), now=farm.now)


class TestAnOfficersHold:
    def test_stops_labels_until_it_is_released(self, farm: Farm) -> None:
        lot, office = farm.harvests(), people.office()
        with unit_of_work() as uow:
            commands.hold(uow, lot.id, reason="Chờ kết quả kiểm tra", actor=office, now=farm.now)
        with pytest.raises(LotOnHold):
            farm.prints(lot)
        with unit_of_work() as uow:
            commands.release(uow, lot.id, reason="Kết quả đạt", actor=office, now=farm.now)
        assert farm.prints(lot).count == 50

    def test_is_not_a_farmers_to_put(self, farm: Farm) -> None:
        lot = farm.harvests()
        with unit_of_work() as uow, pytest.raises(Forbidden):
            commands.hold(uow, lot.id, reason="Chờ kết quả", actor=farm.owner, now=farm.now)

    def test_is_not_released_by_a_packer(self, app: Flask) -> None:
        cooperative = people.cooperative()
        farm = a_farm(inside=cooperative.organisation_id)
        lot = farm.harvests()
        with unit_of_work() as uow:
            commands.hold(uow, lot.id, reason="Chờ kết quả", actor=people.office(), now=farm.now)
        with unit_of_work() as uow, pytest.raises(rules.NotEntitledToRelease):
            commands.release(uow, lot.id, reason="Đã xem hàng", actor=cooperative, now=farm.now)


class TestACorrection:
    def test_keeps_the_old_event_and_says_the_new_weight(self, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        corrected = farm.corrects(lot, kg(100))
        assert (corrected.weight_g, corrected.remaining_g) == (100_000, 100_000)
        assert corrected.revision > lot.revision
        assert rows("epcis_event") == 3  # the first, its error declaration, the right one

    def test_below_what_is_packed_is_refused_with_the_figures(self, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        farm.prints(lot, 50)
        farm.packs(lot, 50)
        with pytest.raises(LessThanPacked) as refused:
            farm.corrects(lot, kg(49))
        assert refused.value.values == {"asked_g": 49_000, "packed_g": 50_000}
        assert farm.corrects(lot, kg(60)).remaining_g == 10_000

    def test_with_the_same_weight_changes_nothing(self, farm: Farm, books: Books) -> None:
        lot = farm.harvests(kg(120))
        with books.unchanged("epcis_event", "submission"):
            farm.corrects(lot, kg(120))

    def test_of_a_foreign_lot_is_not_found(self, farm: Farm) -> None:
        lot, stranger = farm.harvests(), people.farm_household("Hộ bà Tư")
        with unit_of_work() as uow, pytest.raises(NotFound):
            commands.correct_harvest(uow, lot.id, weight_g=1, actor=stranger, now=farm.now)


def test_the_same_harvest_sent_twice_at_once_is_one_lot(app: Flask, farm: Farm) -> None:
    harvest = RegisterHarvest(plot_id=farm.plot_id, picked_on=TODAY, weight_g=kg(5), client_id=uuid4())
    start, seen = Barrier(2), []

    def send() -> None:
        with app.app_context():
            start.wait()
            with unit_of_work() as uow:
                seen.append(register_harvest(uow, harvest, actor=farm.owner, now=farm.now).id)

    senders = [Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_two_sheets_at_once_never_stand_for_more_than_the_lot(app: Flask, farm: Farm) -> None:
    lot = farm.harvests(kg(100))
    start, refused = Barrier(2), []

    def order() -> None:
        with app.app_context():
            start.wait()
            try:
                with unit_of_work() as uow:
                    sheet = PrintSheet(lot_id=lot.id, count=60, unit_weight_g=kg(1), client_id=uuid4())
                    print_sheet(uow, sheet, actor=farm.owner, now=farm.now)
            except LabelsExceedLot as fault:
                refused.append(type(fault).__name__)

    printers = [Thread(target=order) for _ in range(2)]
    for printer in printers:
        printer.start()
    for printer in printers:
        printer.join()
    assert refused == ["LabelsExceedLot"]
    assert rows("serial") == 60
