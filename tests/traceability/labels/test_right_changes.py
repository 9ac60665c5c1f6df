"""A right of use changes: the stored pages of the lots that were labelled under it are made anew."""

from flask import Flask

from app.kernel import relay
from app.kernel.uow import unit_of_work
from tests.scene.farm import Farm, plot_of, trade_item
from tests.scene.marks import household_with_right
from trademarks.use_rights.commands import Because, suspend
from trademarks.use_rights.rules import Reason


def test_a_suspension_gives_new_pages_to_lots_labelled_under_the_right_alone(app: Flask) -> None:
    desk, farmer, right = household_with_right()
    trade_item()
    farm = Farm(farmer, plot_of(farmer))
    marked, plain = farm.harvests(), farm.harvests()
    farm.prints(marked, 20, right_id=right.id)
    farm.prints(plain, 20)
    relay.sweep()
    before = [farm.again(lot).revision for lot in (marked, plain)]
    with unit_of_work() as uow:
        because = Because(Reason.LABEL_MISUSE, "Dán tem lên hàng mua ngoài.")
        suspend(uow, right.id, because, actor=desk.approver, now=farm.now)
    relay.sweep()
    assert [farm.again(lot).revision for lot in (marked, plain)] == [before[0] + 1, before[1]]
