"""What a leaf may be: one spelling of six members, and a commitment that only its salt opens."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis.strategies import binary, datetimes, just

from ledger.core import jcs
from ledger.core.entry import (
    BATCH_CONTEXT,
    EVENT_CONTEXT,
    Entry,
    body_commit,
    check_commitment,
    parse_entry,
)
from ledger.core.errors import CommitmentDiffers, MalformedEntry

SALT = bytes(range(16))
ID = UUID("0195a1b2-0000-7000-8000-000000000001")


def entry(**changes):
    members = {
        "kind": "epcis.event",
        "id": ID,
        "at": datetime(2026, 3, 7, 2, 30, tzinfo=UTC),
        "subject": "lot:xoài-01",
        "body_commit": body_commit(EVENT_CONTEXT, SALT, b"body"),
    }
    return Entry(**(members | changes))


def spelt(**changes):
    """The canonical bytes of an entry with some JSON members changed or taken out (None)."""
    members = json.loads(entry().to_bytes()) | changes
    return jcs.canonicalize({name: value for name, value in members.items() if value is not None})


def test_the_bytes_are_the_formula_of_the_design():
    commitment = hashlib.sha256(b"coi/event/v1\n" + SALT + b"body").hexdigest()
    assert entry().to_bytes().decode() == (
        f'{{"at":"2026-03-07T02:30:00Z","body_commit":"{commitment}","id":"{ID}",'
        '"subject":"lot:xoài-01","type":"epcis.event","v":1}'
    )


@given(datetimes(timezones=just(UTC)))
def test_every_instant_is_read_as_it_was_written(at):
    assert parse_entry(entry(at=at).to_bytes()).at == at


def test_a_time_elsewhere_is_written_in_utc():
    at = datetime(2026, 3, 7, 9, 30, tzinfo=timezone(timedelta(hours=7)))
    assert entry(at=at).to_bytes() == entry().to_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"v": True},
        {"v": "1"},
        {"subject": None},
        {"name": "Nguyễn Văn A"},
        {"type": "EPCIS.event"},
        {"type": ""},
        {"id": "0195A1B2-0000-7000-8000-000000000001"},
        {"id": "0195a1b2-0000-4000-8000-000000000001"},
        {"at": "2026-02-30T00:00:00Z"},
        {"at": "2026-03-07T02:30:00+00:00"},
        {"at": "2026-03-07T02:30:00.10Z"},
        {"at": "2026-03-07T24:00:00Z"},
        {"at": "٢٠٢٦-03-07T02:30:00Z"},
        {"subject": "lot:xoa\u0300i-01"},
        {"subject": ""},
        {"subject": "a\nb"},
        {"subject": "x" * 257},
        {"body_commit": "ab"},
        {"body_commit": "AB" * 32},
        {"body_commit": 7},
    ],
    ids=str,
)
def test_a_member_out_of_format_is_refused(changes):
    with pytest.raises(MalformedEntry):
        parse_entry(spelt(**changes))


@pytest.mark.parametrize(
    "change", [lambda b: b + b"\n", lambda b: b.replace(b'"v":1', b'"v":1.0'), lambda b: b"[]"]
)
def test_another_spelling_of_an_entry_is_refused(change):
    with pytest.raises(MalformedEntry):
        parse_entry(change(entry().to_bytes()))


def test_what_no_verifier_would_read_is_not_written():
    for changes in ({"subject": ""}, {"at": datetime(2026, 3, 7)}, {"kind": "x y"}, {"body_commit": b""}):
        with pytest.raises(MalformedEntry):
            entry(**changes).to_bytes()


@given(binary(max_size=80))
def test_any_bytes_are_an_entry_or_one_named_error(data):
    with pytest.raises(MalformedEntry):
        parse_entry(data)


class TestACommitment:
    def test_opens_with_its_salt_and_body(self):
        check_commitment(entry(), SALT, b"body")

    @pytest.mark.parametrize(("salt", "body"), [(SALT, b"bodx"), (SALT[::-1], b"body"), (SALT, b"")])
    def test_opens_with_nothing_else(self, salt, body):
        with pytest.raises(CommitmentDiffers):
            check_commitment(entry(), salt, body)

    def test_of_a_batch_is_another_domain(self):
        batch = entry(kind="sensor.batch", body_commit=body_commit(BATCH_CONTEXT, SALT, b"body"))
        check_commitment(batch, SALT, b"body")
        with pytest.raises(CommitmentDiffers):
            check_commitment(entry(kind="sensor.batch"), SALT, b"body")

    def test_needs_a_salt_of_16_bytes(self):
        with pytest.raises(MalformedEntry):
            body_commit(EVENT_CONTEXT, b"", b"body")
