"""What could not leave the house is on the desk, with its error, and can be tried again."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel import clock
from app.kernel.outbox import Outbox, State
from app.kernel.uow import unit_of_work
from tests.scene.people import farm_household, logs_in, office


@pytest.fixture
def stuck(app: Flask) -> None:
    with unit_of_work() as uow:
        uow.emit("test.stuck", key="letter-1", payload={}, now=clock.now())
        row = uow.session.scalars(select(Outbox)).one()
        row.state, row.attempts, row.last_error = State.PARKED, 10, "ConnectionError: no route"


def test_a_parked_row_is_on_the_desk_and_can_be_tried_again(client: FlaskClient, stuck: None) -> None:
    logs_in(client, office())
    assert "test.stuck" in client.get("/office/").get_data(as_text=True)
    html = client.get("/office/outbox").get_data(as_text=True)
    assert "ConnectionError: no route" in html
    action = next(part for part in html.split('action="')[1:] if part.startswith("/office/outbox/")).split(
        '"'
    )[0]
    assert client.post(action).status_code == 303
    with unit_of_work(read_only=True) as uow:
        assert uow.session.scalar(select(Outbox.state)) == State.PENDING


def test_a_farmer_sees_none_of_it(client: FlaskClient, stuck: None) -> None:
    logs_in(client, farm_household())
    assert client.get("/office/outbox").status_code == 403
