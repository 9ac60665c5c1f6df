"""An office enters its products: a GTIN with its check digit, whose it is, and what one pack weighs."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.identity.models import Organisation
from app.kernel.paging import Page
from app.kernel.uow import unit_of_work
from app.registry import gs1, queries
from app.registry.models import TradeItem
from tests.scene.people import logs_in, office

PREFIX = "893123456"
MANGOSTEEN = {"name": "Măng cụt Dầu Tiếng, túi 1 kg", "name_en": "Dầu Tiếng mangosteen, 1 kg",
              "crop": "mangosteen", "weight": "1 kg", "gtin": ""}  # fmt: skip


@pytest.fixture
def desk(app: Flask, client: FlaskClient) -> FlaskClient:
    officer = office("Phòng Kinh tế Thanh An")
    with unit_of_work() as uow:
        uow.session.get_one(Organisation, officer.organisation_id).gs1_company_prefix = PREFIX
    return logs_in(client, officer)


def items() -> list[queries.TradeItemView]:
    with unit_of_work(read_only=True) as uow:
        return list(queries.item_pages(uow, Page(size=100)).rows)


def test_without_a_number_it_gets_the_next_one_under_the_offices_prefix(desk: FlaskClient) -> None:
    for _ in range(2):
        assert desk.post("/office/items/new", data=MANGOSTEEN).status_code == 303
    first, second = items()
    assert (first.gtin, second.gtin) == (gs1.gtin_from(PREFIX, 1), gs1.gtin_from(PREFIX, 2))
    assert gs1.has_right_check_digit(first.gtin)
    assert (first.gtin_owner, first.gtin_kind) == ("Phòng Kinh tế Thanh An", "gs1")
    assert (first.net_weight_g, first.crop) == (1000, "mangosteen")
    assert (first.slug, second.slug) == ("mang-cut-dau-tieng-tui-1-kg", "mang-cut-dau-tieng-tui-1-kg-2")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"gtin": "893123456"}, "Số kiểm tra sai"),
        ({"gtin": "12345"}, "8, 12, 13 hoặc 14 chữ số"),
        ({"gtin": "8936000000018"}, "Xin ghi mã của ai"),
        ({"crop": "opium"}, "Xin chọn"),
        ({"weight": "nặng"}, "nặng"),
        ({"name": ""}, "Xin điền mục này"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_kept(desk: FlaskClient, change, told) -> None:
    good = gs1.gtin_from(PREFIX, 1)[1:]
    if change.get("gtin", "").startswith(PREFIX):
        change = {"gtin": good[:-1] + str((int(good[-1]) + 1) % 10)}
    if change.get("gtin", "").startswith("8936"):
        change = {"gtin": gs1.gtin_from("8936000", 1)[1:]}
    answer = desk.post("/office/items/new", data=MANGOSTEEN | change)
    assert answer.status_code == 422
    assert told in answer.text
    assert items() == []


def test_a_cooperatives_own_number_stands_under_its_name(desk: FlaskClient) -> None:
    own = gs1.gtin_from("8936000", 7)
    sent = MANGOSTEEN | {"gtin": own[1:], "gtin_owner": "HTX Thanh An"}
    assert desk.post("/office/items/new", data=sent).status_code == 303
    (item,) = items()
    assert (item.gtin, item.gtin_owner) == (own, "HTX Thanh An")


def test_a_number_is_never_given_twice(desk: FlaskClient) -> None:
    sent = MANGOSTEEN | {"gtin": gs1.gtin_from(PREFIX, 5)[1:]}
    desk.post("/office/items/new", data=sent)
    answer = desk.post("/office/items/new", data=sent)
    assert answer.status_code == 409
    assert "đã dùng cho mặt hàng khác" in answer.text


def test_numbers_of_demonstrations_and_of_one_shop_say_so(desk: FlaskClient) -> None:
    for prefix in ("9521234", "2001234"):
        sent = MANGOSTEEN | {"gtin": gs1.gtin_from(prefix, 1)[1:], "gtin_owner": "Ai đó"}
        desk.post("/office/items/new", data=sent)
    with unit_of_work(read_only=True) as uow:
        kinds = set(uow.session.scalars(select(TradeItem.gtin_kind)))
    assert kinds == {"demonstration", "restricted"}


def test_an_office_without_a_prefix_types_the_number(client: FlaskClient) -> None:
    logs_in(client, office("Phòng Chưa Có Mã"))
    answer = client.post("/office/items/new", data=MANGOSTEEN)
    assert answer.status_code == 422
    assert "chưa có mã doanh nghiệp GS1" in answer.text
