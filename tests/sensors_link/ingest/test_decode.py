"""Files and pushes of sensors, as they really come."""

import gzip
import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors_link.ingest.decode import (
    BadPush,
    BadRow,
    Decoded,
    EmptyFile,
    Reading,
    Reason,
    UnknownColumns,
    WrongEncoding,
    by_datastream,
    decode_csv,
    decode_push,
    scaled,
    unscaled,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def csv_of(*lines, encoding="utf-8"):
    return "\n".join(lines).encode(encoding)


class TestARealColumnShape:
    def test_of_five_columns_keeps_device_time_and_server_time_apart(self):
        file = csv_of(
            "device_id,sensor_id,value,timestamp,date_received",
            "UGB-PILOTS_Sensor200,TP,37.2,2018-11-22T14:37:01.196Z,2018-11-22T13:37:09Z",
        )
        assert decode_csv(file).readings == (
            Reading(
                datetime(2018, 11, 22, 14, 37, 1, 196_000, UTC),
                Decimal("37.2"),
                received_at=datetime(2018, 11, 22, 13, 37, 9, tzinfo=UTC),
            ),
        )

    def test_of_three_quoted_columns_reads_quoted_and_bare_numbers(self):
        file = csv_of(
            '"date_received","timestamp","value"',
            '"2018-08-01T17:55:03.000Z","2018-08-01T17:54:58.000Z","510.10"',
            '"2018-11-22T14:41:39.000Z","2018-11-22T14:40:32.000Z",499.5',
        )
        assert [reading.value for reading in decode_csv(file).readings] == [
            Decimal("510.10"),
            Decimal("499.5"),
        ]

    @pytest.mark.parametrize(
        "file",
        [
            csv_of("time,value", "2026-11-23T12:00:00Z,21.5"),
            csv_of("time,temperature_2m (°C)", "2026-11-23T12:00,21.5"),
            csv_of("Thời gian;Giá trị", "2026-11-23 19:00:00+07:00;21,5", ""),
            csv_of("time\tvalue\r", "2026-11-23 12:00:00\t21.5\r"),
            csv_of("time,value", "2026-11-23T12:00:00Z,21.5", encoding="utf-8-sig"),
        ],
    )
    def test_of_other_writings_means_the_same_reading(self, file):
        assert decode_csv(file) == Decoded((Reading(NOON, Decimal("21.5")),), ())

    def test_of_many_columns_needs_the_name_of_the_value(self):
        file = csv_of("timestamp,Soil humidity 1,Air temperature (C)", "2026-11-23 12:00:00,67.92,19.52")
        with pytest.raises(UnknownColumns) as refusal:
            decode_csv(file)
        assert refusal.value.values["columns"] == ["timestamp", "Soil humidity 1", "Air temperature (C)"]
        assert decode_csv(file, value_column="Soil humidity 1").readings[0].value == Decimal("67.92")


class TestAFileIsRefusedAsAWhole:
    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_when_it_is_utf_16(self, encoding):
        with pytest.raises(WrongEncoding) as refusal:
            decode_csv(csv_of("time,value", "2026-11-23T12:00:00Z,1", encoding=encoding))
        assert refusal.value.values["found"] == "utf-16"

    def test_when_it_is_an_old_vietnamese_code_page_with_the_line(self):
        with pytest.raises(WrongEncoding) as refusal:
            decode_csv(b"time,value\n2026-11-23T12:00:00Z,1\n\xd0\xf4,2\n")
        assert refusal.value.values == {"found": "unknown", "line": 3}

    @pytest.mark.parametrize("header", ["", "a,b", "value", "time", '"time,value', "time,a,b"])
    def test_when_its_columns_are_unknown(self, header):
        with pytest.raises(UnknownColumns):
            decode_csv(csv_of(header, "1,2"))


class TestABadRow:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ("2026-11-23T12:00:00Z,nan", Reason.NO_VALUE),
            ("2026-11-23T12:00:00Z,", Reason.NO_VALUE),
            ("2026-11-23T12:00:00Z,wet", Reason.NOT_A_NUMBER),
            ("2026-11-23T12:00:00Z,１２", Reason.NOT_A_NUMBER),
            ("2026-11-23T12:00:00Z,inf", Reason.NOT_A_NUMBER),
            ("2026-11-23T12:00:00Z,1e12", Reason.TOO_LARGE),
            (",1", Reason.NO_TIME),
            ("6-Feb,1", Reason.BAD_TIME),
            ("2026-13-01T00:00:00Z,1", Reason.BAD_TIME),
            ("2026-02-30 00:00,1", Reason.BAD_TIME),
            ("2026-11-23T12:00:00+25:00,1", Reason.BAD_TIME),
            ("1970-01-18T20:00:00Z,1", Reason.BAD_TIME),
            ("２026-11-23T12:00:00Z,1", Reason.BAD_TIME),
            ("2026-11-23T12:00:00Z", Reason.BAD_ROW),
            ("2026-11-23T12:00:00Z,1,2", Reason.BAD_ROW),
            ('2026-11-23T12:00:00Z,"1', Reason.BAD_ROW),
        ],
    )
    def test_is_told_by_line_and_reason_and_the_others_are_kept(self, row, reason):
        decoded = decode_csv(csv_of("time,value", "2026-11-23T12:00:00Z,1", row, "2026-11-23T12:10:00Z,2"))
        assert decoded.bad == (BadRow(3, reason, row),)
        assert len(decoded.readings) == 2


class TestAPush:
    def push(self, *readings, **changes):
        return decode_push(json.dumps({"device": "node-7", "readings": list(readings), **changes}).encode())

    def test_keeps_decimals_as_they_were_written(self):
        reading = b'{"datastream": "d", "time": "2026-11-23T12:00:00Z", "value": 21.10}'
        raw = b'{"device": "n", "readings": [' + reading + b"]}"
        decoded = decode_push(raw)
        assert decoded.device == "n"
        assert str(decoded.readings[0].value) == "21.10"
        assert decoded.readings[0].datastream == "d"

    @pytest.mark.parametrize(
        ("reading", "reason"),
        [
            ({"datastream": "d", "time": "2026-11-23T12:00:00Z", "value": None}, Reason.NO_VALUE),
            ({"datastream": "d", "time": "2026-11-23T12:00:00Z", "value": True}, Reason.NOT_A_NUMBER),
            ({"datastream": "d", "time": "2026-11-23T12:00:00Z", "value": [1]}, Reason.NOT_A_NUMBER),
            ({"datastream": "d", "time": "2026-11-23T12:00:00Z", "value": 10**13}, Reason.TOO_LARGE),
            ({"datastream": "d", "time": 1_700_000_000, "value": 1}, Reason.NO_TIME),
            ({"datastream": "d", "time": "yesterday", "value": 1}, Reason.BAD_TIME),
            ({"time": "2026-11-23T12:00:00Z", "value": 1}, Reason.NO_DATASTREAM),
            ("21.5", Reason.BAD_ROW),
        ],
    )
    def test_tells_a_bad_reading_by_its_place(self, reading, reason):
        decoded = self.push({"datastream": "d", "time": "2026-11-23T12:00:00Z", "value": 1}, reading)
        assert [(bad.line, bad.reason) for bad in decoded.bad] == [(2, reason)]
        assert len(decoded.readings) == 1

    @pytest.mark.parametrize(
        "raw",
        [
            b"", b"[]", b"{", b'{"device": "n"}', b'{"device": 1, "readings": []}', b'{"readings": []}',
            b'{"device": "a", "device": "b", "readings": []}', b'{"device": "n", "readings": {}}',
            b'{"device": "n", "readings": [{"value": NaN}]}', b"[" * 100_000,
        ],
    )  # fmt: skip
    def test_of_another_shape_is_refused(self, raw):
        with pytest.raises(BadPush):
            decode_push(raw)

    def test_of_too_many_readings_is_refused(self):
        with pytest.raises(BadPush):
            decode_push(b'{"device": "n", "readings": [1, 2, 3]}', most=2)

    @given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
    def test_of_any_bytes_is_decoded_or_refused_by_name(self, raw):
        for decode in (decode_push, decode_csv, lambda file: decode_csv(b"time,value\n" + file)):
            try:
                assert isinstance(decode(raw), Decoded)
            except (BadPush, EmptyFile, WrongEncoding, UnknownColumns):
                continue

    def test_is_grouped_by_datastream_in_order(self):
        at = "2026-11-23T12:00:00Z"
        decoded = self.push(
            *({"datastream": d, "time": at, "value": v} for d, v in [("a", 1), ("b", 2), ("a", 3)])
        )
        assert [(name, len(group)) for name, group in by_datastream(decoded.readings)] == [("a", 2), ("b", 1)]


class TestScaling:
    @pytest.mark.parametrize(
        ("value", "scale", "stored"),
        [("24.32", 2, 2432), ("-0.5", 0, 0), ("1.5", 0, 2), ("24.325", 2, 2432), ("7", 3, 7000)],
    )
    def test_rounds_half_to_even_at_the_scale(self, value, scale, stored):
        assert scaled(Decimal(value), scale) == stored

    @given(st.integers(-(10**12), 10**12), st.integers(0, 6))
    def test_of_what_fits_loses_nothing(self, stored, scale):
        assert scaled(unscaled(stored, scale), scale) == stored

    def test_has_its_limits(self):
        with pytest.raises(ValueError, match="decimals"):
            scaled(Decimal(1), 7)


@pytest.mark.conformance
def test_every_series_of_the_corpus_with_a_value_column_is_read():
    if not (corpus := os.environ.get("CORPUS")):
        pytest.skip("skipped: no CORPUS")
    expected = json.loads(Path(corpus, "sensors", "qc_expected.json").read_text("utf-8"))["series"]
    for name, facts in expected.items():
        file, _, _ = name.partition("#")
        raw = gzip.decompress(Path(corpus, "sensors", file).read_bytes())
        decoded = decode_csv(raw, value_column=facts["value_column"])
        left_out = {Reason.NO_VALUE, Reason.NOT_A_NUMBER, Reason.TOO_LARGE}
        assert len(decoded.readings) + len(decoded.bad) == facts["rows"], name
        assert sum(bad.reason not in left_out for bad in decoded.bad) == facts["unparsed_time"], name
