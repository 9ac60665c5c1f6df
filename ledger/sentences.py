"""The words of the log's page: alarms, what could still be faked, kinds of exceptions."""

from typing import Any, Final

from app.web.i18n import _l, show_number, show_time
from ledger.alarms import Alarm, AlarmKind
from ledger.exceptions import ExceptionKind
from ledger.limits import Limit

ALARMS: Final[dict[AlarmKind, Any]] = {
    AlarmKind.FORK: _l(
        "Nhân chứng %(name)s giữ một dấu do khóa của sổ này ký mà sổ này không có: sổ đã bị tách làm hai, "
        "dữ liệu bị khôi phục từ bản cũ, hoặc khóa bị lộ."
    ),
    AlarmKind.ROLLED_BACK: _l(
        "Có dấu đã ký mới hơn dữ liệu trên máy: dữ liệu bị khôi phục từ bản cũ. Sổ không ký tiếp."
    ),
    AlarmKind.DAMAGED: _l("Dữ liệu của sổ không khớp dấu đã ký. Sổ không ký tiếp."),
    AlarmKind.RECORDS: _l(
        "%(count)s lô có dữ liệu đang lưu khác với dữ liệu đã niêm phong, từ %(since)s; trang của lô nói rõ."
    ),
    AlarmKind.SPOILT: _l("Dấu mới nhất lưu trên máy không còn là dấu đã ký, nên không được đưa ra."),
    AlarmKind.WRONG_LOG: _l(
        "Khóa hoặc tên sổ trên máy là của một sổ khác, hoặc thiếu khóa. Sổ không ký tiếp."
    ),
    AlarmKind.COPY: _l("Bản công bố là của một sổ khác, hoặc không đọc được. Sổ không ký tiếp."),
    AlarmKind.LAG: _l("%(count)s mục chờ niêm phong quá lâu, từ %(since)s."),
    AlarmKind.UNPUBLISHED: _l("Bản công bố chưa theo kịp dấu mới nhất."),
    AlarmKind.CHAIN: _l("Chưa đối chiếu được với chuỗi ngoài; lần cuối thấy: %(since)s."),
    AlarmKind.NO_KEY: _l("Lúc này không khóa nào ký được. Việc mới vẫn được ghi và chờ niêm phong."),
    AlarmKind.TIMESTAMPS: _l("Nhiều lần không xin được dấu thời gian; lần cuối được: %(since)s."),
    AlarmKind.POLICY: _l("Tệp khai nhân chứng có lỗi nên chưa dùng được; sổ giữ bản trước."),
    AlarmKind.WITNESS: _l("Nhân chứng %(name)s nhiều lần không ký được; lần ký cuối: %(since)s."),
}

LIMITS: Final[dict[Limit, Any]] = {
    Limit.REWRITE: _l(
        "Viết lại cả sổ từ đầu, hoặc đưa cho hai người hai quyển sổ khác nhau: chưa ai độc lập giữ dấu. "
        "Chỉ ai đã giữ một dấu cũ (tờ tem, tệp bằng chứng) mới phát hiện được."
    ),
    Limit.NEWEST: _l(
        "Thay %(beyond)s mục mới nhất, là phần bên ngoài chưa giữ dấu; phần cũ hơn thì không thay được nữa."
    ),
    Limit.TWO_BOOKS: _l("Giữa hai lần neo, cho hai người xem hai phần đuôi khác nhau."),
    Limit.TWO_STAMPED: _l(
        "Viết sẵn hai quyển sổ và xin dấu thời gian cho cả hai: dấu thời gian cho thấy dấu của sổ đã có "
        "từ lúc đó, không cho thấy chỉ có một quyển sổ."
    ),
    Limit.TOGETHER: _l("Nếu thông đồng với đủ số nhân chứng thì vẫn đưa ra được hai quyển sổ."),
    Limit.OWN_WITNESS: _l(
        "Bắt nhân chứng chạy trên cùng máy chủ ký gì cũng được: nhân chứng ấy không phải bằng chứng."
    ),
    Limit.OWN_CHAIN: _l(
        "Viết lại chuỗi thử nghiệm do chính nơi này chạy: neo ở đó không phải bằng chứng với người ngoài."
    ),
    Limit.OWN_STAMP: _l(
        "Đóng dấu thời gian ngày nào cũng được trên chính máy chủ này: dấu ấy không phải bằng chứng với "
        "người ngoài."
    ),
    Limit.UNTRUE: _l(
        "Ghi điều không đúng ngay từ đầu: sổ chỉ chứng minh lời ghi chưa bị sửa từ lúc niêm phong, "
        "không chứng minh lời ấy đúng."
    ),
    Limit.LEFT_OUT: _l("Không ghi, hoặc ghi muộn: điều chưa niêm phong thì sổ không biết."),
}

KINDS: Final[dict[ExceptionKind, Any]] = {
    ExceptionKind.LATE: _l("Ghi muộn"),
    ExceptionKind.FORCED: _l("Cho qua"),
    ExceptionKind.CORRECTED: _l("Đã sửa"),
    ExceptionKind.ERASED: _l("Đã xóa"),
}


def alarm_sentence(alarm: Alarm) -> str:
    """What is wrong, for everybody: without the names of files or servers."""
    return str(ALARMS[alarm.kind]) % {
        "name": alarm.name,
        "count": show_number(alarm.count),
        "since": show_time(alarm.since) if alarm.since else str(_l("chưa lần nào")),
    }


def limit_sentence(limit: Limit, beyond: int) -> str:
    """What could still be faked; `beyond` counts the entries that no outsider holds yet."""
    return str(LIMITS[limit]) % {"beyond": show_number(beyond)}


def seconds_words(seconds: float) -> str:
    """A short time in words, rounded up to a second or a minute."""
    if seconds < 60:
        return str(_l("%(n)s giây")) % {"n": show_number(max(1, round(seconds)))}
    return str(_l("%(n)s phút")) % {"n": show_number(round(seconds / 60))}
