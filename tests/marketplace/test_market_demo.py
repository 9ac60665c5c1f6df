"""The demonstration's market is played by the real commands, and leaves out what is missing."""

from uuid import UUID

from flask import Flask

from app.kernel.config import Config
from app.kernel.demo_stage import Stage
from app.kernel.paging import Page
from app.kernel.uow import unit_of_work
from marketplace import demo
from marketplace.listings import queries as listings
from marketplace.orders import queries as orders
from tests.scene.farm import TODAY, a_farm
from tests.scene.people import NOW
from tests.scene.shop import packed_lot


def test_missing_lots_are_left_out_and_the_rest_is_sold(app: Flask, config: Config) -> None:
    farm = a_farm()
    known = {"org:h01": str(farm.owner.organisation_id), "person:h01": str(farm.owner.person_id)}
    known |= {f"lot:{n}": str(packed_lot(farm, packs=6).id) for n in range(3)}
    known["lot:gone"] = str(UUID(int=7))
    with unit_of_work() as uow:
        stage = Stage(uow, config, NOW, None, known)
        demo.offers(stage)
        demo.sales(stage)
        assert listings.live(uow, Page(), TODAY).total == 3
        assert (
            orders.money_of(uow, farm.owner.organisation_id).received_vnd == 450_000
        )  # the first three of the script are paid, with 30 000 for bringing each
        assert all(one.simulated for one in listings.live(uow, Page(), TODAY).rows)
