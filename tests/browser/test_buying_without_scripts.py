"""A buyer whose browser runs no script reads, searches, fills the cart, orders and reports."""


def test_a_guest_orders_for_cash(phone_without_scripts):
    page = phone_without_scripts.opens("/products?q=mang+cut")
    page.locator("main li.offer button[type='submit']").first.click()
    page.goto(phone_without_scripts.base + "/cart")
    page.locator("main a[href$='/checkout']").click()
    assert page.locator("main .sums__total").first.is_visible()
    assert "Dự kiến tới tay ngày" in page.locator("main").inner_text()
    for name, text in {
        "name": "Nguyễn Thị Thử",
        "phone": "0903 000 998",
        "commune_text": "thanh an",
        "address": "12 đường làng",
    }.items():
        page.locator(f"main [name='{name}']").fill(text)
    page.locator("main select[name='province']").select_option("79")  # Thành phố Hồ Chí Minh
    page.locator("main input[name='method'][value='cod']").check()
    page.locator("main form button[type='submit']").click()
    if page.locator("main input[name='commune_code']").count():
        page.locator("main input[name='commune_code']").first.check()
        page.locator("main form button[type='submit']").click()
    assert "/orders/" in page.url
    assert page.locator("main .notice").first.is_visible()


def test_a_passer_by_types_a_code(phone_without_scripts):
    page = phone_without_scripts.opens("/t")
    page.locator("main input[name='code']").fill("KHONGCOMA2")
    page.locator("main form button").click()
    assert page.locator("[data-status-block='unknown']").is_visible()
