"""Forms speak the reader's language, also where WTForms finds the fault."""

import re
from pathlib import Path

import wtforms
from flask import Flask
from wtforms import DateField, IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from app.web.forms import _FIELD_SENTENCES, Form


class Everything(Form):
    day = DateField("day")
    number = IntegerField("number")
    few = IntegerField("few", [NumberRange(1, 9)])
    choice = RadioField("choice", choices=["a"])
    text = StringField("text", [InputRequired()])
    short = StringField("short", [Length(min=5, max=300)])
    longest = StringField("longest", [Length(max=3)])


WRONG = {"day": "x", "number": "x", "few": "12", "choice": "b", "text": "", "short": "ok", "longest": "abcd"}


def test_no_fault_of_a_field_is_told_in_the_words_of_the_library(app: Flask) -> None:
    with app.test_request_context("/?lang=vi", method="POST", data=WRONG):
        form = Everything(meta={"csrf": False})
        assert not form.validate()
        told = [one for errors in form.errors.values() for one in errors]
    assert len(told) == len(WRONG)
    assert not [one for one in told if one.isascii() or "%(" in one]


def test_every_sentence_is_one_that_wtforms_says() -> None:
    library = Path(wtforms.__file__).parent
    source = "".join(file.read_text("utf-8") for file in library.rglob("*.py"))
    said = set(re.findall(r'"([^"\n]+\.)"', source))
    assert _FIELD_SENTENCES.keys() <= said
