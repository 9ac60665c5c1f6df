"""What holds a lot, what is refused, and who may release it."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.quantities import AbsurdWeight, kg
from traceability.lots import rules
from traceability.lots.crops import CROPS
from traceability.lots.rules import Balance, EarlyHarvest, HoldKind, LotState, LotStep, OverCapacity, Spray

GROWER, PACKER = UUID(int=1), UUID(int=2)


class TestHarvestInsideThePreHarvestInterval:
    abamectin = Spray("abamectin", on=date(2026, 3, 1), phi_days=7)

    def test_is_held_with_the_first_allowed_day(self):
        hold = rules.early_harvest([self.abamectin], picked_on=date(2026, 3, 7))
        assert hold == EarlyHarvest(product="abamectin", allowed_from=date(2026, 3, 8))
        assert hold.told() == {"product": "abamectin", "allowed_from": "2026-03-08"}

    def test_is_free_from_that_day_on(self):
        assert rules.early_harvest([self.abamectin], picked_on=date(2026, 3, 8)) is None

    def test_names_the_product_that_sets_the_day(self):
        longer = Spray("mancozeb", on=date(2026, 2, 20), phi_days=21)
        hold = rules.early_harvest([self.abamectin, longer], picked_on=date(2026, 3, 9))
        assert hold == EarlyHarvest(product="mancozeb", allowed_from=date(2026, 3, 13))

    def test_does_not_count_a_spray_after_the_harvest(self):
        assert rules.early_harvest([self.abamectin], picked_on=date(2026, 2, 28)) is None

    def test_is_free_without_sprays(self):
        assert rules.early_harvest([], picked_on=date(2026, 3, 1)) is None

    @given(st.lists(st.tuples(st.integers(-60, 60), st.integers(0, 60)), max_size=8))
    def test_is_held_exactly_when_some_interval_is_still_running(self, sprays):
        day = date(2026, 6, 1)
        told = [Spray("x", on=day + timedelta(days=d), phi_days=phi) for d, phi in sprays]
        running = any(d <= 0 < d + phi for d, phi in sprays)
        assert (rules.early_harvest(told, picked_on=day) is not None) == running


class TestASeasonThatWeighsMoreThanThePlotCanBear:
    crop = CROPS["mangosteen"]

    def test_is_held_with_the_figures(self):
        hold = rules.over_capacity(self.crop, area_m2=5_000, season_g=kg(7_501))
        assert hold == OverCapacity(crop="mangosteen", season_g=kg(7_501), capacity_g=kg(7_500))

    def test_is_free_up_to_the_limit(self):
        assert rules.over_capacity(self.crop, area_m2=5_000, season_g=kg(7_500)) is None

    def test_cannot_be_said_of_a_point_or_an_unknown_crop(self):
        assert rules.over_capacity(self.crop, area_m2=None, season_g=kg(10**6)) is None
        assert rules.over_capacity(None, area_m2=10, season_g=kg(10**6)) is None

    def test_both_doubts_are_told_at_once(self):
        found = rules.holds(
            sprays=[Spray("abamectin", on=date(2026, 6, 1), phi_days=7)],
            picked_on=date(2026, 6, 2), crop=self.crop, area_m2=100, season_g=kg(140), adding_g=kg(11),
        )  # fmt: skip
        assert [hold.kind for hold in found] == [HoldKind.EARLY_HARVEST, HoldKind.OVER_CAPACITY]


def test_every_crop_of_the_table_is_marked_as_assumed_and_has_a_season():
    for key, crop in CROPS.items():
        assert key == crop.key
        assert crop.source == "assumption"
        assert crop.season_months
        assert set(crop.season_months) <= set(range(1, 13))
        assert crop.capacity_g(10_000) == crop.most_kg_per_ha * crop.cycles * 1_000


class TestTheImpossibleIsRefused:
    today = date(2026, 11, 23)

    def test_a_harvest_tomorrow(self):
        with pytest.raises(rules.HarvestInTheFuture):
            rules.check_harvest(picked_on=date(2026, 11, 24), weight_g=kg(1), today=self.today)

    def test_a_harvest_of_a_slipped_year(self):
        with pytest.raises(rules.HarvestLongPast):
            rules.check_harvest(picked_on=date(2025, 11, 21), weight_g=kg(1), today=self.today)

    @pytest.mark.parametrize("weight_g", [0, -1, kg(100_001)])
    def test_an_absurd_weight(self, weight_g):
        with pytest.raises(AbsurdWeight):
            rules.check_harvest(picked_on=self.today, weight_g=weight_g, today=self.today)

    def test_today_is_fine(self):
        assert rules.check_harvest(picked_on=self.today, weight_g=kg(120), today=self.today) == kg(120)


class TestMassBalance:
    def test_packing_more_than_remains_is_refused_with_the_figures(self):
        with pytest.raises(rules.MoreThanTheLotHolds) as refusal:
            rules.pack_weight(units=50, unit_g=kg(3), remaining_g=kg(120))
        assert refusal.value.values == {"asked_g": kg(150), "remaining_g": kg(120), "over_g": kg(30)}

    def test_packing_all_of_it_is_fine(self):
        assert rules.pack_weight(units=60, unit_g=kg(2), remaining_g=kg(120)) == kg(120)
        assert rules.most_units(kg(120), kg(7)) == 17

    @given(st.integers(1, 10**8), st.lists(st.integers(1, 10**6), max_size=60))
    def test_no_order_of_takings_gets_more_out_than_in(self, in_g, wanted):
        balance = Balance(in_g=in_g)
        for grams in wanted:
            try:
                rules.take(balance, grams)
            except rules.MoreThanTheLotHolds:
                assert grams > balance.remaining_g
            else:
                balance = Balance(in_g=in_g, packed_g=balance.packed_g + grams)
        assert 0 <= balance.remaining_g <= in_g

    @given(st.lists(st.integers(1, 50_000), min_size=1, max_size=40), st.integers(0, 1_000))
    def test_a_split_neither_makes_nor_loses_a_gram(self, parts, rest):
        total = sum(parts) + rest
        assert sum(rules.split_weights(total, parts)) == total

    def test_a_split_into_more_than_there_is_is_refused(self):
        with pytest.raises(rules.MoreThanTheLotHolds):
            rules.split_weights(kg(10), [kg(6), kg(5)])


class TestStates:
    @pytest.mark.parametrize("state", LotState)
    @pytest.mark.parametrize("step", LotStep)
    def test_every_step_leads_somewhere_or_is_refused(self, state, step):
        if (state, step) in rules.TRANSITIONS:
            assert rules.after(state, step) in LotState
        else:
            with pytest.raises(rules.NoSuchStep):
                rules.after(state, step)

    @pytest.mark.parametrize("state", [LotState.OPEN, LotState.HELD, LotState.CLOSED])
    def test_any_lot_can_be_recalled(self, state):
        assert rules.after(state, LotStep.RECALL) is LotState.RECALLED

    def test_a_recall_is_never_undone_into_a_sale(self):
        assert rules.after(LotState.RECALLED, LotStep.END_RECALL) is LotState.CLOSED

    @pytest.mark.parametrize(
        ("state", "error"),
        [
            (LotState.HELD, rules.LotOnHold),
            (LotState.RECALLED, rules.LotRecalled),
            (LotState.CLOSED, rules.LotClosed),
        ],
    )
    def test_goods_move_from_an_open_lot_only(self, state, error):
        rules.check_open(LotState.OPEN, lot_no="L1")
        with pytest.raises(error):
            rules.check_open(state, lot_no="L1")


class TestReleasingAHold:
    def release(
        self, kind=HoldKind.EARLY_HARVEST, *, roles=("packer",), org=PACKER, reason="đã kiểm lại dư lượng"
    ):
        return rules.check_may_release(
            kind, roles=roles, organisation_id=org, harvested_by=GROWER, reason=reason
        )

    def test_is_for_a_packer_of_another_organisation(self):
        assert self.release(reason="  đã kiểm   lại ") == "đã kiểm lại"

    def test_is_not_for_the_one_who_harvested(self):
        with pytest.raises(rules.OwnHold):
            self.release(org=GROWER)

    @pytest.mark.parametrize("roles", [(), ("farmer",), ("seller", "helper")])
    def test_is_not_for_others(self, roles):
        with pytest.raises(rules.NotEntitledToRelease):
            self.release(roles=roles)

    @pytest.mark.parametrize("kind", HoldKind)
    def test_is_for_an_officer_whatever_the_reason_of_the_hold(self, kind):
        assert self.release(kind, roles=("officer",), org=None)

    def test_of_the_offices_own_hold_is_for_officers_alone(self):
        with pytest.raises(rules.NotEntitledToRelease):
            self.release(HoldKind.OFFICE)

    @pytest.mark.parametrize("reason", ["", "   ", "ok", "...."])
    def test_needs_a_reason_in_words(self, reason):
        with pytest.raises(rules.ReasonMissing):
            self.release(reason=reason)
