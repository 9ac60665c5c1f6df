"""The simulated farm obeys the physics that it was made from, and is the same for the same seed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.calendar import local_time
from sensors_link.simulation.pond import AERATOR_BELOW, oxygen_saturation, pond
from sensors_link.simulation.probes import Fault, Sample, heard, rounded, sampled, sent, silences, summed
from sensors_link.simulation.soil import FIELD_CAPACITY, SATURATION, WILTING_POINT, Soil, root_zone
from sensors_link.simulation.weather import MOST_MM, STEP, STEPS_A_DAY, TIP_MM, Air, nearby, weather

seeds = st.integers(0, 2**32)
starts = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)).map(
    lambda time: time.replace(minute=time.minute // 10 * 10, second=0, microsecond=0)
)
DAYS = 8
STEPS = DAYS * STEPS_A_DAY
some = settings(max_examples=15, deadline=None)


def a_farm(seed: int, start: datetime, steps: int = STEPS) -> tuple[list[Air], list[Soil]]:
    rng = Random(seed)
    air = nearby(rng, weather(rng, start=start, steps=steps))
    return air, root_zone(rng, air)


class TestTheWeather:
    @some
    @given(seeds, starts)
    def test_is_one_that_the_place_can_have(self, seed: int, start: datetime) -> None:
        air, _ = a_farm(seed, start)
        assert [step.time for step in air] == [start + n * STEP for n in range(STEPS)]
        assert all(0 < step.humidity <= 100 for step in air)
        assert all(12 < step.temperature < 42 for step in air)
        assert all(0 <= step.rain_mm <= 1.5 * MOST_MM for step in air)
        night = [step for step in air if not 6 <= local_time(step.time).hour < 18]
        assert all(step.evaporation_mm < 1e-9 for step in night)

    @some
    @given(seeds, starts)
    def test_makes_no_leap_from_step_to_step(self, seed: int, start: datetime) -> None:
        air, _ = a_farm(seed, start)
        assert all(abs(now.temperature - before.temperature) < 2.5 for before, now in pairwise(air))

    @given(seeds, starts)
    @some
    def test_rains_in_whole_tips(self, seed: int, start: datetime) -> None:
        air, _ = a_farm(seed, start)
        assert all(step.rain_mm / TIP_MM == pytest.approx(round(step.rain_mm / TIP_MM)) for step in air)

    def test_rains_more_under_the_monsoon(self) -> None:
        def fallen(month: int) -> float:
            start = datetime(2026, month, 1, tzinfo=UTC)
            return sum(a.rain_mm for n in range(8) for a in weather(Random(n), start=start, steps=30 * 144))

        assert fallen(8) > 3 * fallen(2) > 0

    def test_needs_a_time_zone(self) -> None:
        with pytest.raises(ValueError, match="naive"):
            weather(Random(1), start=datetime(2026, 1, 1), steps=1)


class TestTheSoil:
    @some
    @given(seeds, starts)
    def test_holds_between_wilting_point_and_saturation(self, seed: int, start: datetime) -> None:
        _, soil = a_farm(seed, start)
        assert all(WILTING_POINT <= step.moisture <= SATURATION for step in soil)
        assert all(WILTING_POINT <= step.probe <= SATURATION for step in soil)

    @some
    @given(seeds, starts)
    def test_gets_wetter_by_rain_and_irrigation_only(self, seed: int, start: datetime) -> None:
        _, soil = a_farm(seed, start)
        for before, now in pairwise(soil):
            if now.moisture > before.moisture:
                assert now.rain_mm + now.irrigation_mm > 0

    @some
    @given(seeds, starts)
    def test_shows_a_rise_on_the_probe_only_after_water_came(self, seed: int, start: datetime) -> None:
        _, soil = a_farm(seed, start)
        day = STEPS_A_DAY // 2
        for n in range(day, len(soil), 6):
            if soil[n].probe - soil[n - 36].probe > 0.02:  # 2 % in six hours: more than noise and warmth
                assert sum(step.rain_mm + step.irrigation_mm for step in soil[n - day : n + 1]) > 0

    def test_is_watered_in_a_drought_and_never_by_rain_alone(self) -> None:
        dry = weather(Random(3), start=datetime(2026, 2, 1, tzinfo=UTC), steps=60 * 144)
        no_rain = [Air(a.time, 0.0, a.temperature, a.humidity, a.light, a.evaporation_mm) for a in dry]
        watered = root_zone(Random(3), no_rain)
        left = root_zone(Random(3), no_rain, irrigated=False)
        assert sum(step.irrigation_mm for step in watered) > 50
        assert min(step.moisture for step in watered) > 0.22
        assert min(step.moisture for step in left) < 0.22
        assert all(now.moisture <= before.moisture for before, now in pairwise(left))

    def test_drains_to_field_capacity_after_a_flood(self) -> None:
        start = datetime(2026, 9, 1, tzinfo=UTC)
        storm = [Air(start + n * STEP, 12.0 if n < 20 else 0.0, 25, 99, 0, 0) for n in range(5 * 144)]
        soil = root_zone(Random(1), storm)
        assert max(step.moisture for step in soil) > 0.4
        assert soil[-1].moisture == pytest.approx(FIELD_CAPACITY, abs=0.005)


class TestThePond:
    @some
    @given(seeds, starts)
    def test_is_water_in_which_fish_live(self, seed: int, start: datetime) -> None:
        rng = Random(seed)
        water = pond(rng, weather(rng, start=start, steps=STEPS))
        assert all(20 < step.temperature < 40 for step in water)
        assert all(1 < step.oxygen < 16 for step in water)
        assert all(6 < step.ph < 9.5 for step in water)

    def test_has_least_oxygen_about_dawn_and_most_in_the_afternoon(self) -> None:
        rng = Random(5)
        water = pond(rng, weather(rng, start=datetime(2026, 3, 1, tzinfo=UTC), steps=30 * 144))
        by_hour: dict[int, list[float]] = {}
        for step in water:
            by_hour.setdefault(local_time(step.time).hour, []).append(step.oxygen)
        mean = {hour: sum(values) / len(values) for hour, values in by_hour.items()}
        assert min(mean, key=mean.__getitem__) in (5, 6, 7)
        assert max(mean, key=mean.__getitem__) in (14, 15, 16, 17)

    def test_is_aerated_before_the_fish_suffer(self) -> None:
        start = datetime(2026, 9, 1, tzinfo=UTC)
        dark = [Air(start + n * STEP, 0.0, 29.0, 95.0, 0.0, 0.0) for n in range(5 * 144)]
        water = pond(Random(1), dark)
        assert any(step.aerated for step in water)
        assert min(step.oxygen for step in water) > AERATOR_BELOW - 0.6

    @pytest.mark.parametrize(("celsius", "mg_per_l"), [(0, 14.62), (20, 9.09), (30, 7.56)])
    def test_knows_the_saturation_of_the_tables(self, celsius: int, mg_per_l: float) -> None:
        assert oxygen_saturation(celsius) == pytest.approx(mg_per_l, abs=0.15)


@some
@given(seeds, starts)
def test_the_same_seed_gives_the_same_farm(seed: int, start: datetime) -> None:
    assert a_farm(seed, start, 300) == a_farm(seed, start, 300)


def test_another_seed_gives_another_farm() -> None:
    start = datetime(2026, 9, 1, tzinfo=UTC)
    assert a_farm(1, start) != a_farm(2, start)


T0 = datetime(2026, 9, 1, tzinfo=UTC)
values = st.lists(st.floats(-50, 200), min_size=12, max_size=200)


def a_truth(told: Sequence[float]) -> list[tuple[datetime, float]]:
    return [(T0 + n * STEP, value) for n, value in enumerate(told)]


class TestAProbe:
    @settings(deadline=None)
    @given(st.floats(-200, 1000), st.sampled_from([Decimal("0.1"), Decimal("0.01"), Decimal("0.2")]))
    def test_says_multiples_of_its_resolution(self, value: float, resolution: Decimal) -> None:
        told = rounded(value, resolution)
        assert told % resolution == 0
        assert abs(float(told) - value) <= float(resolution) / 2 + 1e-9
        assert told.as_tuple().exponent == resolution.as_tuple().exponent

    @settings(deadline=None)
    @given(values, st.integers(1, 6))
    def test_looks_now_and_then(self, told: list[float], every: int) -> None:
        seen = sampled(a_truth(told), every=every, resolution=Decimal("0.1"))
        assert [time for time, _ in seen] == [T0 + n * STEP for n in range(0, len(told), every)]

    @given(st.lists(st.integers(0, 40), min_size=12, max_size=100), st.integers(1, 6))
    def test_that_counts_loses_no_rain(self, tips: list[int], every: int) -> None:
        seen = summed(a_truth([tip * 0.2 for tip in tips]), every=every, resolution=Decimal("0.2"))
        told = (len(tips) - 1) // every * every
        assert sum(value for _, value in seen) == sum(tips[:told]) * Decimal("0.2")

    @given(values, st.integers(0, 5), st.integers(6, 11))
    def test_labels_every_fault(self, told: list[float], spike: int, broken: int) -> None:
        samples = sampled(a_truth(told), every=1, resolution=Decimal("0.1"))
        silent = silences(Random(1), start=T0, end=T0 + len(told) * STEP, count=2)
        wrong = {spike: (Fault.SPIKE, Decimal(480)), broken: (Fault.RANGE, Decimal(-127))}
        arrived = sent(samples, silent=silent, wrong=wrong)
        honest: dict[datetime, Decimal] = dict(samples)
        for time, value in arrived.samples:
            assert (value == honest[time]) == (time not in arrived.faults)
        missing = set(honest) - {time for time, _ in arrived.samples}
        assert missing == {time for time, fault in arrived.faults.items() if fault is Fault.GAP}
        assert len(heard(samples, silent)) == len(arrived.samples)

    def test_without_faults_sends_what_it_measured(self) -> None:
        samples: list[Sample] = [(T0, Decimal("1.0")), (T0 + STEP, Decimal("1.1"))]
        assert sent(samples) == type(sent(samples))(samples, {})


@given(seeds, st.integers(0, 5), st.integers(1, 200))
def test_silences_stand_in_order_inside_the_window(seed: int, count: int, days: int) -> None:
    end = T0 + timedelta(days=days)
    found = silences(Random(seed), start=T0, end=end, count=count)
    assert len(found) == count
    assert all(T0 <= one.start < one.end <= end for one in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
