"""The sensors of the demonstration: how much, how honest, how fast."""

import os
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.kernel.config import Config
from app.kernel.demo_stage import Stage
from app.kernel.uow import unit_of_work
from app.registry import queries as registry
from sensors_link import demo
from sensors_link.devices.models import Device
from sensors_link.history import queries as history
from sensors_link.history.models import Observation, ReadingBatch

NOW = datetime(2026, 11, 23, 3, 17, tzinfo=UTC)


PLAYED_BEFORE = {
    "app.identity": ("organisations", "households", "workers", "officers"),
    "app.registry": ("units", "plots"),
}


def plays(config: Config, corpus: Path | None = None) -> dict[str, Any]:
    """Play people, plots and sensors; returns what was handed on."""
    known: dict[str, Any] = {}
    for package, wanted in (*PLAYED_BEFORE.items(), ("sensors_link", None)):
        for name, part in import_module(f"{package}.demo").PARTS:
            if wanted is None or name in wanted:
                began = time.perf_counter()
                with unit_of_work() as uow:
                    stage = Stage(uow, config, NOW, corpus, known)
                    part(stage)
                known |= stage.handed_on
                print(f"{package}:{name} {time.perf_counter() - began:.2f} s")
    return known


def test_simulated_stations_are_marked_complete_and_faulty_now_and_then(app: Flask, config: Config) -> None:
    known = plays(config)
    with unit_of_work(read_only=True) as uow:
        devices = uow.session.scalars(select(Device)).all()
        assert len(devices) == len(demo.STATIONS) + 1
        assert all(one.simulated and one.origin.startswith("mô phỏng") for one in devices)
        readings = uow.session.scalar(select(func.count()).select_from(Observation)) or 0
        assert 40_000 < readings <= 60_000
        newest = uow.session.scalar(select(func.max(Observation.phenomenon_time)))
        assert newest is not None
        assert NOW - timedelta(hours=1) < newest <= NOW
        flags = set(uow.session.scalars(select(Observation.flag).distinct()))
        assert flags == {1, 3, 4}
        for number in (*(one.plot for one in demo.STATIONS), demo.POND):
            plot = registry.plot(uow, UUID(known[f"plot:{number}"]))
            shown = history.series(uow, plot.id, NOW - timedelta(days=60), NOW)
            assert len(shown) >= 2
            assert all(any(gap.hours >= 3 for gap in one.gaps) for one in shown)
            assert any(point.flagged for one in shown for point in one.points)
        owners = set(uow.session.scalars(select(Device.organisation_id)))
    assert UUID(known["org:h03"]) not in owners  # a farm without sensors is a farm as well


def test_real_series_stand_under_their_true_origin(app: Flask, config: Config) -> None:
    corpus = os.environ.get("CORPUS")
    if not corpus:
        pytest.skip("skipped: no CORPUS")
    plays(config, Path(corpus))
    with unit_of_work(read_only=True) as uow:
        real = uow.session.scalars(select(Device).where(Device.simulated.is_(False))).all()
        assert len(real) == len(demo.REAL)
        for one in real:
            assert one.origin.startswith("số liệu thật")
            assert "Không đo ở vườn này" in one.origin
            assert "Apache-2.0" in one.origin
            assert len(one.origin) <= 300
        batches = uow.session.scalars(
            select(ReadingBatch).where(ReadingBatch.device_id.in_([one.id for one in real]))
        ).all()
        assert {batch.grade for batch in batches} == {"file_upload"}
        assert all(batch.sha256 and batch.taken > 50 for batch in batches)
        assert (uow.session.scalar(select(func.count()).select_from(Observation)) or 0) <= 60_000
