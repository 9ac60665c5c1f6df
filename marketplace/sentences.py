"""The sentences of this package's errors, by `type`."""

from typing import Any, Final

from app.web.i18n import _l

SENTENCES: Final[dict[str, Any]] = {
    "not-enough-left": _l("Không còn đủ hàng: người khác vừa đặt trước."),
    "past-shelf-life": _l(
        "Lô %(lot_no)s chỉ rao bán được đến hết ngày %(last_day)s,"
        " theo thời hạn văn phòng đặt cho mặt hàng này."
    ),
    "absurd-units": _l("Số phần là số nguyên từ 1 đến %(most)s."),
    "absurd-price": _l("Giá một phần từ %(cheapest)s đến %(dearest)s đồng."),
    "absurd-unit-weight": _l("Một phần nặng từ %(lightest_g)s g đến %(heaviest_kg)s kg."),
    "more-than-the-lot": _l("Lô này chỉ còn đủ cho %(most)s phần nữa, tính cả phần đã rao và đã hứa."),
    "no-delivery-terms": _l(
        "Chưa rao bán được: xin đặt cách giao hàng trước, ở mục “Phí và ngày giao hàng”."
    ),
    "absurd-fee": _l("Phí giao một đơn từ 0 đến %(dearest)s đồng."),
    "nothing-is-free": _l("Muốn giao miễn phí mọi đơn thì điền phí giao là 0 và bỏ trống mục này."),
    "absurd-days": _l("Số ngày là số nguyên từ 0 đến %(longest)s."),
    "does-not-deliver": _l("Người bán này không giao tận nơi. Xin chọn tới vườn lấy."),
    "terms-changed": _l(
        "Phí giao hoặc ngày có hàng vừa đổi. Xin xem lại tổng tiền và ngày ở trên rồi bấm đặt lần nữa."
    ),
    "already-withdrawn": _l("Tin bán này đã ngừng trước đó."),
    "not-a-quantity": _l("Số lượng là số nguyên từ 1 đến %(most)s."),
    "cart-full": _l("Giỏ hàng chứa nhiều nhất %(most)s món."),
    "only-left": _l("%(product)s chỉ còn %(left)s phần. Giỏ hàng giữ như cũ."),
    "not-for-sale": _l("%(product)s không còn bán."),
    "empty-cart": _l("Giỏ hàng đang trống."),
    "never-sold": _l("Một món trong giỏ không còn bán nữa nên chưa đặt được. Chưa có đơn nào được tạo."),
    "no-longer-sold": _l("%(product)s vừa ngừng bán nên chưa đặt được. Chưa có đơn nào được tạo."),
    "sold-to-somebody-else": _l(
        "%(product)s chỉ còn %(left)s phần: người khác vừa đặt trước. Chưa có đơn nào được tạo."
    ),
    "method-not-offered": _l("Người bán này chưa nhận cách trả tiền đó. Xin chọn cách khác."),
    "order-step-not-possible": _l("Đơn đã sang bước khác nên không làm được việc này. Xin tải lại trang."),
    "too-few-packed": _l(
        "Lô %(lot_no)s mới có %(there)s phần đã đóng gói dán tem, đơn cần %(needed)s. Đóng gói thêm rồi giao."
    ),
    "card-server-down": _l("Máy chủ thẻ chưa trả lời. Chưa trừ tiền; xin thử lại hoặc chọn cách khác."),
    "bad-signature": _l("Chữ ký của tin báo không đúng."),
    "too-many-checkouts": _l(
        "Chưa đặt được: mạng của bạn vừa gửi quá nhiều đơn. Giỏ hàng và những gì đã điền vẫn còn;"
        " xin đợi %(minutes)s phút rồi bấm đặt lần nữa."
    ),
    "place-not-found": _l("Không tìm thấy xã, phường này trong tỉnh, thành đã chọn."),
    "place-ambiguous": _l("Có vài nơi tên gần giống. Xin chọn một nơi bên dưới."),
}
