"""Anchors of the scene: what became of them, and the worker's passes without a worker."""

import threading
from datetime import datetime

from sqlalchemy import select

from app.kernel import relay
from app.kernel.config import Config
from app.kernel.outbox import Outbox, State
from app.kernel.uow import unit_of_work
from ledger import queries
from ledger.anchors import anchoring
from ledger.anchors.connection import connect
from ledger.models import Anchor
from tests.scene.ledger import NOW, published


def anchors() -> list[Anchor]:
    """Every anchor, by nonce."""
    with unit_of_work(read_only=True) as uow:
        found = list(uow.session.scalars(select(Anchor).order_by(Anchor.nonce, Anchor.prepared_at)))
        uow.session.expunge_all()
        return found


def states() -> list[str]:
    """The states of them all, in that order."""
    return [anchor.state for anchor in anchors()]


def advance(config: Config) -> bool:
    """One pass of the worker; True when the newest checkpoint stands."""
    return anchoring.advance(connect(config), NOW)


def stands(config: Config, now: datetime = NOW, *, deploy: bool = False) -> bool:
    """Advance until the checkpoint stands, as the worker does every two seconds; False after five.

    One pass is not enough: the node answers before it makes the block.
    """
    chain = connect(config)
    return any(
        anchoring.advance(chain, now, deploy=deploy) or threading.Event().wait(0.05) for _ in range(100)
    )


def nothing_waits() -> bool:
    """Sweep until every row is done: after a late block the anchor's own row asks again in two seconds."""
    for _ in range(100):
        relay.sweep()
        with unit_of_work(read_only=True) as uow:
            if uow.session.scalars(select(Outbox.id).where(Outbox.state != State.DONE)).first() is None:
                return True
        threading.Event().wait(0.05)
    return False


def seal(key: str) -> queries.Seal:
    """The seal of one entry."""
    with unit_of_work(read_only=True) as uow:
        return queries.seal_of(uow, [key])[key]


def three_stand(config: Config) -> None:
    """Three checkpoints, each anchored before the next one was signed."""
    for first in range(3):
        published(config, 1, first=first)
        assert stands(config)
