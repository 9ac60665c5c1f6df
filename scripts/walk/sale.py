"""The sale: the farmer offers the lot, a buyer finds and pays that lot, it is sent, the code says so."""

import re
from urllib.parse import urlsplit

from scripts.walk.codes import code_on_screen, path_of, vietqr_fields
from scripts.walk.person import Person, Wrong
from scripts.walk.stage import Stage

UNITS = 3
PRICE_VND = 60_000


def farmer_offers_the_lot(stage: Stage) -> Person:
    """The packed lot, 1 kg each: three screens from home, and once the terms of delivery."""
    farmer = stage.phone("farmer")
    farmer.opens("/farm/")
    farmer.taps_on("a.big-button[href$='/farm/sell']")
    farmer.taps_on(f"main a.choice[href$='{stage.facts['lot']}']")
    if urlsplit(farmer.page.url).path == "/farm/delivery":
        farmer.picks("delivers", "yes")
        farmer.types("fee", "30k")
        farmer.types("days", "2")
        farmer.goes_on()
    farmer.types("unit_weight", "1 kg")
    farmer.types("units", "50")
    farmer.types("price", "60k")
    farmer.goes_on()
    farmer.sees(".readback", re.compile(r"60\.000"))
    farmer.goes_on()
    farmer.sees("main li.offer", "đang bán")
    return farmer


def buyer_finds_the_lot(stage: Stage) -> Person:
    """Typing "mang cut" without diacritics finds that very lot."""
    buyer = stage.phone("buyer")
    buyer.opens("/")
    buyer.page.locator("#shop-q").fill("mang cut")
    buyer.taps += 1
    buyer.taps_on("form[role='search'] button")
    buyer.sees("main li.offer", stage.facts["lot_no"])
    return buyer


def buyer_orders(stage: Stage) -> Person:
    """Three packs of that lot into the cart, an address, payment by transfer."""
    buyer = stage.phone("buyer")
    offer = buyer.page.locator("main li.offer", has_text=stage.facts["lot_no"]).first
    offer.locator("[name='units']").fill(str(UNITS))
    buyer.taps += 1
    buyer.taps_on(offer.locator("button[type='submit']"))
    if urlsplit(buyer.page.url).path != "/cart":
        buyer.opens("/cart")
    delivered = buyer.sees("main .offer", re.compile(r"Giao tận nơi.*Phí giao", re.DOTALL)).inner_text()
    fee = re.search(r"Phí giao\s+([\d.]+)", delivered)
    if fee is None:
        raise Wrong(f"the cart says no fee: {delivered}")
    stage.facts["sum"] = str(UNITS * PRICE_VND + int(fee[1].replace(".", "")))
    sum_vnd = f"{int(stage.facts['sum']):,}".replace(",", ".")
    buyer.sees("main .offer", re.compile(f"{sum_vnd}.*", re.DOTALL))
    buyer.taps_on("main a[href$='/checkout']")
    buyer.sees("main", re.compile(f"{sum_vnd}.*Dự kiến tới tay ngày", re.DOTALL))
    buyer.types("name", "Nguyễn Thị Thử")
    buyer.types("phone", "0903 000 999")
    buyer.picks("province", "79")  # Thành phố Hồ Chí Minh
    buyer.types("commune_text", "thanh an")
    buyer.types("address", "12 đường làng")
    buyer.picks("method", "vietqr")
    buyer.goes_on()
    if "/orders/" not in buyer.page.url and buyer.page.locator("main [name='commune_code']").count():
        buyer.taps_on("main label.choice", re.compile("Hồ Chí Minh"))
        buyer.goes_on()
    buyer.sees("[data-vietqr]")
    stage.facts["order"] = urlsplit(buyer.page.url).path
    stage.facts["order_no"] = buyer.sees("main h1").inner_text().split()[-1]
    return buyer


def buyer_pays_by_vietqr(stage: Stage) -> Person:
    """The code on the screen, read as a bank reads it, asks the right sum of the right order."""
    buyer = stage.phone("buyer")
    payload = code_on_screen(buyer.sees("[data-vietqr] svg").screenshot())
    if payload is None:
        raise Wrong("the VietQR on the order's page cannot be read from the screen")
    fields = vietqr_fields(payload)
    if fields.get("54") != stage.facts["sum"] or fields.get("53") != "704":
        raise Wrong(f"the VietQR asks {fields.get('54')} (currency {fields.get('53')})")
    if stage.facts["order_no"].replace("-", "") not in fields.get("62", "").replace(" ", "").replace("-", ""):
        raise Wrong(f"the VietQR's reference {fields.get('62')} does not name {stage.facts['order_no']}")
    return buyer


def seller_confirms_and_sends(stage: Stage) -> Person:
    """The money is seen, the packs are taken from the lot's labelled units and go out."""
    farmer = stage.phone("farmer")
    farmer.opens("/farm/orders")
    farmer.taps_on("main a.choice", stage.facts["order_no"])
    farmer.taps_on("main button", "Tôi đã nhận tiền")
    farmer.taps_on("main button", "Soạn xong")
    farmer.taps_on("main button", "Giao đi")
    farmer.sees("main .tag", "đang giao")
    return farmer


def scan_page_shows_the_sale(stage: Stage) -> Person:
    """The buyer follows the code of his own pack; its page has the step of the sale."""
    buyer = stage.phone("buyer")
    buyer.opens(stage.facts["order"])
    link = buyer.sees("main a.code").get_attribute("href") or ""
    if link.rsplit("/", 1)[-1] not in stage.facts["codes"]:
        raise Wrong(f"the order's pack {link} has a code that is not on the printed sheet")
    stage.facts["code"] = link

    def sold() -> bool:
        buyer.opens(path_of(link))
        return buyer.page.locator("main", has_text="Bán và giao").count() > 0

    stage.wait_for("the scan page shows the sale", sold, within_s=60)
    return buyer
