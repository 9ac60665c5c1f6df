"""The seller's pages of his orders: money that came, goods that go."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from flask import make_response, request, url_for

from app.identity.access import Actor, allowed, current_actor
from app.kernel import clock
from app.kernel.paging import Page
from app.kernel.problems import DomainError
from app.kernel.uow import unit_of_work
from app.registry import places
from app.web.desk import FarmLine
from app.web.export import csv_bytes
from app.web.i18n import gettext, show_money, show_phone, show_weight
from app.web.pages import Answer, page, see_other
from app.web.problems import sentence
from marketplace.listings.words import product_name
from marketplace.orders import commands, queries, rules, settling, words
from marketplace.orders.forms import RefusalForm
from marketplace.orders.queries import Money, OrderView
from marketplace.orders.rules import Method, OrderState, Refusal, Step
from traceability.trace_page.queries import recall_of

ALL_ROWS: Final = 10_000


@allowed("order.serve")
def index() -> Answer:
    """The seller's orders, those that wait on top."""
    actor = current_actor()
    all_of_them = request.args.get("all") == "1"
    with unit_of_work(read_only=True) as uow:
        found = queries.orders_of(
            uow, actor.organisation_id, Page.asked(request.args.get("page")), open_only=not all_of_them
        )
        money = queries.money_of(uow, actor.organisation_id)
    return page(
        "marketplace/orders/sales.html", orders=found, money=money_words(money), all_of_them=all_of_them
    )


@allowed("order.serve")
def show(order_id: UUID) -> Answer:
    """One order: who, where, what, and the next thing to do."""
    return _show(order_id)


def _show(order_id: UUID, told: str = "", status: int = 200) -> Answer:
    with unit_of_work(read_only=True) as uow:
        order = queries.get_order(uow, current_actor(), order_id)
        place = places.place_name(uow, order.commune_code, order.commune_valid_from)
        history = queries.history(uow, order.id)
        recalls = {line.lot_no: recall_of(uow, line.lot_id) for line in order.lines}
    return page(
        "marketplace/orders/sale.html",
        status=status,
        order=order,
        place=place,
        history=history,
        why=history[-1].why,
        recalls=recalls,
        told=told,
        can=_can(order),
    )


def _can(order: OrderView) -> dict[str, bool]:
    """Which buttons the page has."""
    return {step.value: rules.can(order.state, step, order.method) for step in Step} | {
        "pay": order.method is Method.VIETQR and rules.can(order.state, Step.PAY, order.method),
        "pay_late": order.method is Method.VIETQR and order.state is OrderState.CANCELLED,
        "refund": order.method is Method.VIETQR and rules.can(order.state, Step.REFUND, order.method),
        "send": rules.can(order.state, Step.PACK, order.method)
        or rules.can(order.state, Step.SHIP, order.method),
    }


Change = Callable[..., OrderView]


def _change(order_id: UUID, command: Change, said: str) -> Answer:
    try:
        with unit_of_work() as uow:
            command(uow, order_id, actor=current_actor(), now=clock.now())
    except DomainError as refusal:
        return _show(order_id, sentence(refusal), int(refusal.status))
    return see_other(url_for("marketplace_farm.sale", order_id=order_id), said)


@allowed("order.serve")
def confirm(order_id: UUID) -> Answer:
    """“Tôi đã nhận tiền”."""
    return _change(order_id, commands.confirm_receipt, gettext("Đã ghi: tiền đã vào tài khoản."))


@allowed("order.serve")
def pack(order_id: UUID) -> Answer:
    """Set packs aside."""
    return _change(order_id, commands.pack_order, gettext("Đã soạn hàng. Người mua không tự hủy được nữa."))


@allowed("order.serve")
def send(order_id: UUID) -> Answer:
    """Let labelled packs leave; the lot's page shows it."""
    return _change(
        order_id, commands.ship_order, gettext("Đã ghi giao đi. Trang truy xuất của lô có bước này.")
    )


@allowed("order.serve")
def deliver(order_id: UUID) -> Answer:
    """The goods, and the cash, changed hands."""
    return _change(order_id, commands.deliver_order, gettext("Đã ghi: người mua đã nhận hàng."))


@allowed("order.serve")
def ask_why(order_id: UUID) -> Answer:
    """The seller cannot serve it: why, and what follows, before anything is done."""
    with unit_of_work(read_only=True) as uow:
        order = queries.get_order(uow, current_actor(), order_id)
    form = RefusalForm()
    if order.cancel_asked_at:
        form.why.data = Refusal.BUYER_ASKED.value
    return _why(order, form)


def _why(order: OrderView, form: RefusalForm, status: int = 200) -> Answer:
    return page("marketplace/orders/refuse.html", order=order, form=form, status=status)


@allowed("order.serve")
def refuse(order_id: UUID) -> Answer:
    """The reason was given and confirmed."""
    form = RefusalForm()
    if not form.validate_on_submit():
        with unit_of_work(read_only=True) as uow:
            order = queries.get_order(uow, current_actor(), order_id)
        return _why(order, form, 422)
    return _change(
        order_id,
        partial(settling.refuse, why=Refusal(form.why.data)),
        gettext("Đã báo không giao được. Hàng chưa giao trở lại tin bán; hết hàng thật thì ngừng tin bán."),
    )


@allowed("order.serve")
def pay_back(order_id: UUID) -> Answer:
    """“Tôi đã trả lại tiền”."""
    return _change(order_id, settling.pay_back, gettext("Đã ghi: tiền đã trả lại người mua."))


@allowed("order.serve")
def export() -> Answer:
    """The seller's orders as a file for a spreadsheet; the newest ten thousand."""
    with unit_of_work(read_only=True) as uow:
        found = queries.orders_of(uow, current_actor().organisation_id, Page(1, ALL_ROWS))
    header = [gettext("Số đơn"), gettext("Đặt lúc"), gettext("Trạng thái"), gettext("Hàng"),
              gettext("Tiền hàng"), gettext("Phí giao"), gettext("Tổng cộng"), gettext("Cách trả tiền"),
              gettext("Trả lúc"), gettext("Cách nhận hàng"), gettext("Ngày có hàng"),
              gettext("Người nhận"), gettext("Điện thoại"), gettext("Giao tới")]  # fmt: skip
    rows = [
        (one.number, one.placed_at, words.state_word(one.state), _goods(one), one.goods_vnd, one.fee_vnd,
         one.total_vnd, words.method_word(one.method), one.paid_at, words.handover_word(one.handover),
         one.arrives_on, one.buyer_name, show_phone(one.buyer_phone), one.buyer_address)
        for one in found.rows
    ]  # fmt: skip
    answer = make_response(csv_bytes(header, rows))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="don-hang.csv"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _goods(order: OrderView) -> str:
    return "; ".join(
        f"{line.units} × {product_name(line)}, {show_weight(line.unit_weight_g)}, {line.lot_no}"
        for line in order.lines
    )


def money_line(actor: Actor, _now: datetime) -> FarmLine | None:
    """The line of the farmer's home: what is still to come, what came; None before the first order."""
    if not actor.has("seller"):
        return None
    with unit_of_work(read_only=True) as uow:
        money = queries.money_of(uow, actor.organisation_id)
    if not (money.due_vnd or money.received_vnd or money.back_vnd):
        return None
    return FarmLine(money_words(money), "money", url_for("marketplace_farm.sales"))


def money_words(money: Money) -> str:
    """What is still to come and what came; what has to go back is said first."""
    said = gettext(
        "Còn được trả %(due)s · đã nhận %(got)s",
        due=show_money(money.due_vnd),
        got=show_money(money.received_vnd),
    )
    if not money.back_vnd:
        return str(said)
    return str(gettext("Phải trả lại %(back)s", back=show_money(money.back_vnd))) + f" · {said}"
