"""A unit of work keeps all or nothing; a reader cannot write; writers wait for each other."""

import threading

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from app.factory import create_app
from app.identity.models import Throttle
from app.kernel import clock
from app.kernel.config import Config
from app.kernel.db import db
from app.kernel.uow import unit_of_work


def test_an_error_leaves_nothing_behind(app: Flask) -> None:
    def half_way() -> None:
        with unit_of_work() as uow:
            uow.add(Throttle(subject="a", window_start=clock.now(), count=1))
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        half_way()
    with unit_of_work(read_only=True) as uow:
        assert uow.session.get(Throttle, "a") is None


def test_a_reading_unit_keeps_nothing_and_the_connection_writes_again_later(app: Flask) -> None:
    with unit_of_work(read_only=True) as uow, pytest.raises(DBAPIError):
        uow.add(Throttle(subject="a", window_start=clock.now(), count=1))
    with unit_of_work() as uow:
        uow.add(Throttle(subject="a", window_start=clock.now(), count=1))
    with unit_of_work(read_only=True) as uow:
        assert uow.session.get_one(Throttle, "a").count == 1


def test_eight_threads_that_read_then_write_lose_no_update(app: Flask) -> None:
    with unit_of_work() as uow:
        uow.add(Throttle(subject="counter", window_start=clock.now(), count=0))

    def add_twenty() -> None:
        with app.app_context():
            for _ in range(20):
                with unit_of_work() as uow:
                    seen = uow.session.scalar(
                        select(Throttle.count).where(Throttle.subject == "counter").with_for_update()
                    )
                    uow.session.execute(
                        update(Throttle).where(Throttle.subject == "counter").values(count=(seen or 0) + 1)
                    )

    threads = [threading.Thread(target=add_twenty) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with unit_of_work(read_only=True) as uow:
        assert uow.session.get_one(Throttle, "counter").count == 160


def test_sqlite_says_done_when_the_disk_has_it(config: Config) -> None:
    app = create_app(config)  # as it is served: the tests' own application does not wait for the disk
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("skipped: a server has settings of its own")
        with db.engine.connect() as connection:
            told = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous")
            }
        db.engine.dispose()
    assert told == {"journal_mode": "wal", "synchronous": 2}  # 2 is FULL
