"""/healthz, /readyz and /metrics: is it up, can it work, how much does it do."""

import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, make_response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from app.kernel import migrations
from app.kernel.register import Register
from app.kernel.uow import unit_of_work

Check = Callable[[], str | None]
"""Returns None when all is well, else one sentence for the operator."""

CHECKS: Register[Check] = Register("health")
"""Faults that degrade the service (chain, storage, lag); the database has its own check."""

STARTED: Register[Check] = Register("started")
"""What must be in before /healthz is 200 (the demonstration, when there is one)."""


UNFIT: Register[Check] = Register("unfit")
"""What stops the start of web and worker: settings that belong to another installation than the data."""


def unfit() -> str | None:
    """Why web and worker must not start, in one sentence; None when they may.

    A database that does not answer, or lacks migrations, stops nobody here: /healthz tells it.
    """
    if database_fault():
        return None
    return next((told for check in UNFIT.all().values() if (told := check())), None)


def database_fault() -> str | None:
    """None when the database answers and has every migration."""
    try:
        with unit_of_work(read_only=True) as uow:
            found = migrations.applied(uow.connection)
    except SQLAlchemyError as fault:
        return f"the database does not answer: {type(fault).__name__}"
    if found is None:
        return "the database has no tables yet"
    known = migrations.known(current_app.config["MIGRATIONS"])
    if found not in known:
        return f"the database comes from a newer version (migration {found})"
    missing = [one for one in known if one > found]
    return f"migrations are missing: {', '.join(missing)}" if missing else None


def healthz() -> Response:
    """200 once migrations and the demonstration are in."""
    faults = [fault for fault in (database_fault(), *(check() for check in STARTED.all().values())) if fault]
    body: dict[str, Any] = {"status": "ok" if not faults else "starting", "faults": faults}
    return make_response(jsonify(body), 503 if faults else 200)


def readyz() -> Response:
    """503 only for the database; anything else is reported as degraded with 200."""
    if fault := database_fault():
        return make_response(jsonify({"status": "down", "faults": [fault]}), 503)
    degraded = {name: told for name, check in CHECKS.all().items() if (told := check())}
    return make_response(jsonify({"status": "degraded" if degraded else "ok", "degraded": degraded}), 200)


def init_app(app: Flask) -> None:
    """Bind the three addresses and count requests by endpoint."""
    registry = CollectorRegistry()
    requests = Counter("coi_requests", "Requests answered", ["endpoint", "status"], registry=registry)
    seconds = Histogram("coi_request_seconds", "Seconds to answer", ["endpoint"], registry=registry)

    def begin() -> None:
        g.began = time.perf_counter()

    def count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        requests.labels(endpoint, response.status_code).inc()
        seconds.labels(endpoint).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response

    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.before_request(begin)
    app.after_request(count)
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/metrics", "metrics", metrics)
