"""The push door: `POST /api/v1/sensors/readings`."""

from flask import Response, jsonify, make_response, request

from app.kernel import clock, idempotency
from app.kernel.idempotency import Answer
from app.kernel.problems import NotFound, Unauthenticated
from app.kernel.uow import unit_of_work
from sensors_link.devices import queries as devices
from sensors_link.devices.queries import DatastreamView
from sensors_link.ingest import commands
from sensors_link.ingest.commands import Source
from sensors_link.ingest.decode import decode_push


class WrongDeviceKey(Unauthenticated):
    """No device in use has this key."""

    type = "wrong-device-key"


class OtherDevice(NotFound):
    """The body names another device than the one whose key came with it."""

    type, field = "other-device", "device"


def push() -> Response:
    """202 with counts; bad readings are named by their place, good ones are kept."""
    raw, now = request.get_data(cache=False), clock.now()
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    wanted = request.headers.get("Idempotency-Key", "")
    with unit_of_work(read_only=True) as uow:
        device = devices.device_by_key(uow, key.strip()) if scheme.lower() == "bearer" and key else None
    if device is None:
        raise WrongDeviceKey
    told = decode_push(raw)
    if told.device not in (None, str(device.id), device.name):
        raise OtherDevice(device=told.device)
    with unit_of_work() as uow:
        caller = f"device:{device.id}"
        if wanted and (first := idempotency.first_answer(uow, caller=caller, key=wanted, request=raw)):
            return _answer(first)
        streams: dict[str | None, DatastreamView] = dict(
            devices.datastreams_of_device(uow, device.id).items()
        )
        source = Source(device_id=device.id, grade="gateway_push", bad=len(told.bad))
        taken = commands.take_readings(uow, told.readings, source=source, streams=streams, now=now)
        answer = Answer(
            202,
            {
                "device": str(device.id),
                "accepted": taken.taken,
                "duplicates": taken.duplicates,
                "conflicts": taken.conflicts,
                "from_the_future": taken.ahead,
                "unknown_datastream": taken.unknown,
                "bad": [{"reading": row.line, "reason": row.reason.value} for row in told.bad],
                "simulated": device.simulated,
                "sealed": False,
            },
        )
        if wanted:
            idempotency.remember(uow, answer, caller=caller, key=wanted, request=raw, now=now)
    return _answer(answer)


def _answer(answer: Answer) -> Response:
    return make_response(jsonify(answer.body), answer.status)
