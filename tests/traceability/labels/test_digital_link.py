"""Digital Link addresses: what we print, and what we read."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.problems import Invalid
from app.registry import gs1
from traceability.labels.digital_link import DigitalLink, NotADigitalLink, build, link, parse, parse_uri, read

GTIN = "09521234500070"
SIGNS = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
gs1_text = st.text(SIGNS, min_size=1, max_size=20).filter(lambda text: text not in {".", ".."})


class TestALinkThatWePrint:
    def test_names_item_lot_and_pack(self):
        assert build(GTIN, lot="L1", serial="23456789AB") == f"/01/{GTIN}/10/L1/21/23456789AB"

    def test_may_leave_out_the_lot(self):
        assert build(GTIN, serial="23456789AB") == f"/01/{GTIN}/21/23456789AB"

    def test_carries_fourteen_digits_and_upper_case_escapes(self):
        assert build("9521234500070", lot="A/b+c") == f"/01/{GTIN}/10/A%2Fb%2Bc"

    @pytest.mark.parametrize("lot", ["LÔ 1", "A B", "", "A" * 21, ".."])
    def test_never_carries_a_sign_that_gs1_lacks(self, lot):
        with pytest.raises(gs1.NotALotNumber):
            build(GTIN, lot=lot)

    @given(lot=st.none() | gs1_text, serial=st.none() | gs1_text)
    def test_is_read_back_as_it_was(self, lot, serial):
        printed = build(GTIN, lot=lot, serial=serial)
        assert printed.isascii()
        assert parse(printed) == read(printed) == parse_uri("https://coi.invalid" + printed)
        assert parse(printed) == link(GTIN, lot=lot, serial=serial)


class TestReadingByTheLetter:
    def test_keeps_foreign_keys_of_the_query_in_order(self):
        found = parse(f"/01/{GTIN}/10/L1?17=261231&linkType=all&utm_source=a%20b")
        assert found.query == (("17", "261231"), ("linkType", "all"), ("utm_source", "a b"))

    @pytest.mark.parametrize(
        ("target", "reason"),
        [
            ("", "form"),
            ("01/" + GTIN, "form"),
            ("/", "no-key"),
            ("/01", "no-key"),
            (f"/gtin/{GTIN}", "no-key"),
            (f"/01/{GTIN}/", "form"),
            (f"/01/{GTIN}/10", "form"),
            (f"/01/{GTIN}/10/L1/", "form"),
            (f"/01/{GTIN}/99/X", "unknown-key"),
            (f"/01/{GTIN}/10/L1/10/L1", "repeated-key"),
            (f"/01/{GTIN}/01/{GTIN}", "repeated-key"),
            (f"/01/{GTIN}/21/S/10/L", "order"),
            (f"/01/{GTIN}/10/%", "escape"),
            (f"/01/{GTIN}/10/%4", "escape"),
            (f"/01/{GTIN}/10/%FF", "escape"),
            (f"/01/{GTIN}?4711=1", "unknown-key"),
            (f"/01/{GTIN}?17=261231&17=261231", "repeated-key"),
            (f"/01/{GTIN}/10/L?10=L", "repeated-key"),
            (f"/01/{GTIN}?17=261331", "value"),
            (f"/01/{GTIN}/10/%20L", "value"),
            (f"/01/{GTIN}/10/L 1", "form"),
        ],
    )
    def test_refuses_with_a_reason(self, target, reason):
        with pytest.raises(NotADigitalLink) as refusal:
            parse(target)
        assert refusal.value.values["reason"] == reason

    @pytest.mark.parametrize("lot", ["L%EF%BC%95", "L%20X", "%C3%94", "A%23"])
    def test_refuses_signs_that_gs1_lacks_however_they_are_escaped(self, lot):
        with pytest.raises(gs1.NotALotNumber):
            parse(f"/01/{GTIN}/10/{lot}")

    @pytest.mark.parametrize(
        "gtin", ["9521234500070", "0952123450007%EF%BC%93", "09521-34500070", "0952123450007O"]
    )
    def test_refuses_a_gtin_that_is_not_fourteen_digits(self, gtin):
        with pytest.raises(gs1.NotAGTIN):
            parse(f"/01/{gtin}")

    def test_refuses_a_wrong_check_digit(self):
        with pytest.raises(gs1.WrongCheckDigit):
            parse("/01/09521234500071")

    @given(st.text(max_size=60) | st.text("/01295%?&=AB", max_size=40).map(lambda tail: f"/01/{GTIN}{tail}"))
    def test_answers_any_text_with_a_link_or_a_named_refusal(self, target):
        for reader in (parse, read, parse_uri):
            with suppress(Invalid):
                assert isinstance(reader(target), DigitalLink)


class TestReadingAsAResolver:
    def test_lets_one_trailing_slash_pass(self):
        assert read(f"/01/{GTIN}/10/L1/?a=b").lot == "L1"
        with pytest.raises(NotADigitalLink):
            read(f"/01/{GTIN}/10/L1//")

    @pytest.mark.parametrize("short", ["9521234500070", "614141000036", "40170725"])
    def test_pads_the_short_gtin_of_an_old_label_and_says_so(self, short):
        found = read(f"/01/{short}")
        assert found.padded
        assert found.path == f"/01/{short.zfill(14)}"


def test_a_stem_before_the_key_is_allowed_in_a_whole_uri_only():
    assert parse_uri(f"https://example.com/a/b/01/{GTIN}/10/01").lot == "01"
    with pytest.raises(NotADigitalLink):
        parse(f"/a/b/01/{GTIN}")


@pytest.mark.conformance
def test_links_of_trade_items_in_the_corpus():
    """The official engine's verdicts, as far as key 01 with 22, 10 and 21 goes."""
    if not (corpus := os.environ.get("CORPUS")):
        pytest.skip("skipped: no CORPUS")
    folder = Path(corpus, "digital-link")
    ours = {"01", "10", "21", "22"}
    for case in json.loads((folder / "valid.json").read_text("utf-8")):
        elements = dict(case["ai_elements"])
        if "01" in elements and set(elements) <= ours:
            found = parse_uri(case["uri"])
            assert "https://id.gs1.org" + found.path == case["canonical"], case
    accepted = []
    for case in json.loads((folder / "invalid.json").read_text("utf-8")):
        try:
            parse_uri(case["uri"])
        except Invalid:
            continue
        accepted.append((case["uri"], case["why"]))
    assert accepted == []
