"""Background work: a Celery application whose broker only wakes the worker, and the periodic jobs.

A periodic job is a plain function bound in a package's `init_app`; the worker runs it inside the
application's context. What must not be lost is an outbox row, never a Celery message.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import kombu.exceptions
import sqlalchemy.exc
from celery import Celery, Task
from flask import Flask, current_app
from kombu.transport import TRANSPORT_ALIASES

from app.kernel.config import Config
from app.kernel.register import Register

log = logging.getLogger(__name__)

SWEEP = "coi.outbox.sweep"


@dataclass(frozen=True)
class Periodic:
    """A function and the seconds between two runs."""

    run: Callable[[], object]
    every_s: float


PERIODIC: Register[Periodic] = Register("jobs")


def every(app: Flask, name: str, run: Callable[[], object], *, seconds: float) -> None:
    """Bind a periodic job, `name` being unique; called from a package's `init_app`."""
    PERIODIC.add(app, name, Periodic(run, seconds))


def make_celery(app: Flask, config: Config) -> Celery:
    """The Celery application of this Flask application, with its schedule from the register."""
    TRANSPORT_ALIASES["sqla"] = "app.kernel.broker:EmbeddedTransport"

    class InContext(Task):  # type: ignore[misc]  # celery ships no types
        """Runs each task inside the Flask application's context."""

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery = Celery("coi", task_cls=InContext, broker=config.broker_url)
    celery.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        task_default_queue="coi",
        timezone="UTC",
        beat_schedule_filename=str(config.data_dir / "beat-schedule"),
        worker_hijack_root_logger=False,
    )
    if config.broker_url.startswith("sqla+"):
        celery.conf.broker_transport_options = {"connect_args": {"timeout": 20}}
    for name, job in cast("dict[str, Periodic]", app.extensions.get("coi.jobs", {})).items():
        task_name = name if name == SWEEP else f"coi.every.{name}"
        celery.task(job.run, name=task_name)
        celery.conf.beat_schedule[name] = {
            "task": task_name,
            "schedule": job.every_s,
            "options": {"expires": max(job.every_s, 5)},
        }
    app.extensions["celery"] = celery
    return celery


def wake() -> None:
    """Tell a worker that there is work. A lost or refused message only means a wait for the next sweep."""
    celery = current_app.extensions.get("celery")
    if celery is None:
        return
    try:
        celery.send_task(SWEEP, retry=False, expires=60)
    except (kombu.exceptions.OperationalError, sqlalchemy.exc.SQLAlchemyError, OSError) as fault:
        log.warning("the worker could not be woken (%s); the sweeper will find the work", fault)
