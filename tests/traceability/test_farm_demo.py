"""The demonstration's farms: two seasons, one code for each status, and books that balance."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import text

from app import demo
from app.kernel import relay
from app.kernel.demo_stage import DemoPart
from app.kernel.uow import unit_of_work
from traceability import projections


def test_the_demonstration_is_whole(app: Flask) -> None:
    demo.load(lambda _line: None)
    with unit_of_work(read_only=True) as uow:
        part = uow.session.get_one(DemoPart, "traceability:traces")
        traces = part.handed_on["traces"]
        told = uow.session.execute(
            text("SELECT count(*), sum(simulated) FROM epcis_event" if _lite(uow) else _POSTGRES)
        ).one()
        assert projections.rebuild(uow, apply=False).differences == []
        latest = uow.session.scalar(text("SELECT max(record_time) FROM epcis_event"))
        held = uow.session.scalar(text("SELECT count(*) FROM lot WHERE state = 'held'"))
    assert {"unchanged", "not-packed", "void", "held", "unknown"} <= set(traces)
    assert {"right-suspended", "right-revoked", "right-expired"} <= set(traces)
    assert told[0] == told[1] > 100
    assert held == 1
    assert str(latest)[:16] <= str(part.done_at + timedelta(minutes=1))[:16]  # nothing lies in the future
    relay.sweep(limit=2_000)
    client = app.test_client()
    for status, path in traces.items():
        assert f'data-status="{status}"' in client.get(path).text, status


_POSTGRES = "SELECT count(*), sum(simulated::int) FROM epcis_event"


def _lite(uow: object) -> bool:
    return uow.session.get_bind().dialect.name == "sqlite"  # type: ignore[attr-defined]  # a unit of work
