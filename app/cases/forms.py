"""Forms of cases: ask, attach, mend, decide."""

from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.web.forms import ClientForm, Form
from app.web.i18n import _l

NEEDED = InputRequired(_l("Xin điền mục này."))


class QuestionForm(ClientForm):
    """What a farmer wants to know."""

    text = TextAreaField(_l("Bạn muốn hỏi gì?"), [NEEDED, Length(max=2000)])


class ErasureForm(ClientForm):
    """The wish to be forgotten; one box that says what it means."""

    sure = RadioField(
        _l("Bạn muốn xóa tên, số điện thoại và tài khoản của mình?"),
        choices=[SelectChoice("no", _l("Không, giữ lại")), SelectChoice("yes", _l("Có, xin xóa"))],
        default="no",
    )


class DocumentForm(Form):
    """A paper of the case: PDF or photograph."""

    document = FileField(_l("Giấy tờ (PDF, hoặc ảnh JPEG, PNG)"), [FileRequired(_l("Xin chọn một tệp."))])


class AnswerForm(Form):
    """What was mended after a return."""

    note = TextAreaField(_l("Đã bổ sung những gì?"), [NEEDED, Length(max=2000)])


class DecisionForm(Form):
    """An officer's step; `revision` tells whether another officer was faster."""

    revision = HiddenField()
    decision = RadioField(
        _l("Quyết định"),
        choices=[
            SelectChoice("granted", _l("Chấp thuận")),
            SelectChoice("refused", _l("Không chấp thuận")),
            SelectChoice("closed", _l("Đã trả lời, đóng hồ sơ")),
            SelectChoice("returned", _l("Trả lại một lần, nêu đủ mọi chỗ thiếu")),
            SelectChoice("sent_back", _l("Không đồng ý với đề xuất, xem lại")),
        ],
    )
    reason = TextAreaField(_l("Lý do, hoặc lời nhắn cho người nộp"), [Length(max=2000)])

    def of(self, allowed: frozenset[str]) -> "DecisionForm":
        """With the steps that are possible now."""
        left = [one for one in self.decision.choices if one.value in allowed]
        if "granted" in allowed:  # what was asked for needs no answer any more, as against a question
            moot = SelectChoice("closed", _l("Không còn gì để quyết, đóng hồ sơ"))
            left = [moot if one.value == "closed" else one for one in left]
        self.decision.choices = left
        return self

    @property
    def seen_revision(self) -> int | None:
        """The revision that the officer saw, None when the page did not say."""
        text = self.revision.data or ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
