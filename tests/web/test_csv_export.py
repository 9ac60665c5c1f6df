"""The list of cases as a file for a spreadsheet."""

import csv
import io
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.web.export import csv_bytes


def test_begins_with_a_bom_and_keeps_vietnamese_letters():
    made = csv_bytes(["Số"], [["Bưởi, đường"]])
    assert made.startswith(b"\xef\xbb\xbf")
    assert "Bưởi, đường" in made.decode("utf-8-sig")


def test_a_moment_is_local_time():
    assert b"2026-11-20 10:00" in csv_bytes(["t"], [[datetime(2026, 11, 20, 3, tzinfo=UTC)]])


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"])), min_size=1
    )
)
def test_no_cell_is_a_formula(cells):
    read = next(csv.reader(io.StringIO(csv_bytes(cells, []).decode("utf-8-sig"))))
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")) for cell in read)


def test_signs_that_only_some_spreadsheets_read_as_a_formula_are_held_too():
    for cell in ("＝1+1", "＋1", "－1", "＠SUM(A1)", "\n=1+1"):
        assert csv_bytes([cell], []).decode("utf-8-sig").lstrip('"').startswith("'")
