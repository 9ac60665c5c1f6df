"""The formats of docs/integrators.md: whoever has the page alone gets the verdict that `ledger.core` gets.

`Stranger` is that person's verifier: written from the page, with the standard library, without our code.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from ledger.anchors import receipt
from ledger.core import batch
from ledger.core.batch import Batch, Reading
from ledger.core.disclosures import Disclosure, read_disclosure
from ledger.core.encoding import encode_base64
from ledger.core.entry import (
    BATCH_CONTEXT,
    BATCH_TYPE,
    EVENT_CONTEXT,
    Entry,
    body_commit,
    check_commitment,
    parse_entry,
)
from ledger.core.fields import CONTEXT, MEMBER, Field
from ledger.core.members import Members
from ledger.core.tiles import pack_entries, required_tiles
from tests.ledger.core.memory_log import log_of
from tests.support.time_stamp_authority import TimeStampAuthority, needs_openssl

PAGE = (Path(__file__).resolve().parents[3] / "docs/integrators.md").read_text("utf-8")
STREAM = "01998f3c-7d1a-7c55-9f61-3d2b8c1f0a22"


def example(name):
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return found[1]


# --- how the vector of the page was made ----------------------------------------------------------


def _readings():
    first = datetime(2026, 11, 20, 1, tzinfo=UTC)
    told = [(0, 301, 1), (600, 304, 1), (1200.5, 998, 3)]
    return [Reading(at=first + timedelta(seconds=s), value=v, unit="10*-1.%", flag=q) for s, v, q in told]


def _sealed():
    key = hashlib.sha256(b"coi/docs/window 6").digest()  # of salts that differ in base64 and base64url
    return batch.seal(STREAM, _readings(), key, gap_count=1), batch.window(_readings(), key, 1, 3)


def made():
    """The vector."""
    whole, window = _sealed()
    salt = bytes(range(16))
    entry = Entry(
        kind=BATCH_TYPE,
        id=UUID("01998f3c-7d1a-7c55-9f61-3d2b8c1f0a33"),
        at=datetime(2026, 11, 22, 1, tzinfo=UTC),
        subject=f"urn:uuid:{STREAM}",
        body_commit=body_commit(BATCH_CONTEXT, salt, whole.to_body()),
    )
    opened = Disclosure(salt, whole.to_body(), window=window)
    return {"entry": encode_base64(entry.to_bytes()), "disclosure": opened.to_json()}


def values():
    """What the page tells of the way from the vector to its root."""
    whole, window = _sealed()
    reading, salt = window.readings[0]
    spelt = base64.urlsafe_b64encode(salt).decode().rstrip("=")
    return {
        "JCS of the first reading shown": (
            f'{{"i":1,"q":{reading.flag},"salt":"{spelt}","t":"2026-11-20T01:10:00Z",'
            f'"u":"{reading.unit}","v":{reading.value}}}'
        ),
        "its leaf": reading.leaf(1, salt).hex(),
        "leaf of the second": window.readings[1][0].leaf(2, window.readings[1][1]).hex(),
        "root of the batch": whole.root.hex(),
        "`body_commit`": body_commit(BATCH_CONTEXT, bytes(range(16)), whole.to_body()).hex(),
    }


# --- a stranger's verifier ------------------------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def jcs(value):
    """Enough of RFC 8785 for members in ASCII and integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def b64url(text):
    """The salt of a file (base64) as the hashes have it (base64url without padding)."""
    return base64.urlsafe_b64encode(base64.b64decode(text)).decode().rstrip("=")


class Stranger:
    CONTEXTS = {"sensor.batch": b"coi/batch/v1\n"}

    def __init__(self, item):
        self.entry = json.loads(base64.b64decode(item["entry"]))
        self.opened = item["disclosure"]
        self.body = base64.b64decode(self.opened["body"])

    def commitment_holds(self):
        context = self.CONTEXTS.get(self.entry["type"], b"coi/event/v1\n")
        salted = context + base64.b64decode(self.opened["salt"]) + self.body
        return hashlib.sha256(salted).hexdigest() == self.entry["body_commit"]

    def leaves(self):
        window = self.opened["window"]
        told = [
            {**reading, "i": place, "salt": b64url(reading["salt"])}
            for place, reading in enumerate(window["readings"], window["begin"])
        ]
        return [sha256(b"\x00" + b"coi/reading/v1\n" + jcs(reading)) for reading in told]

    def readings_hold(self):
        sealed, window, leaves = json.loads(self.body), self.opened["window"], self.leaves()
        begin, proof = window["begin"], [base64.b64decode(one) for one in window["proof"]]
        end = begin + len(leaves)

        def join(low, high):
            if high <= begin or end <= low:
                return proof.pop(0)
            if high - low == 1:
                return leaves[low - begin]
            k = 1
            while 2 * k < high - low:
                k *= 2
            return sha256(b"\x01" + join(low, low + k) + join(low + k, high))

        try:
            root = join(0, sealed["count"])
        except IndexError:
            return False
        times = [reading["t"].removesuffix("Z") for reading in window["readings"]]
        inside = (
            times == sorted(times) and sealed["first"][:-1] <= times[0] <= times[-1] <= sealed["last"][:-1]
        )
        return root.hex() == sealed["root"] and not proof and inside


# --- the page -------------------------------------------------------------------------------------


class TestTheVectorOfAWindow:
    item = json.loads(example("window"))

    def test_is_the_one_that_our_code_makes(self):
        assert self.item == made()
        for name, value in values().items():
            assert f"| {name} | `{value}` |" in PAGE

    def test_is_verified_by_a_stranger_who_has_the_page_alone(self):
        stranger = Stranger(self.item)
        assert stranger.commitment_holds()
        assert stranger.readings_hold()
        assert [leaf.hex() for leaf in stranger.leaves()] == [
            values()["its leaf"],
            values()["leaf of the second"],
        ]

    def test_is_verified_by_our_code(self):
        entry = parse_entry(base64.b64decode(self.item["entry"]))
        opened = read_disclosure(Members(self.item, "the vector"))
        check_commitment(entry, opened.salt, opened.body)
        batch.check_window(Batch.read(opened.body), opened.window)

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda window: window.update(begin=0),
            lambda window: window["readings"].pop(),
            lambda window: window["readings"].reverse(),
            lambda window: window["readings"][0].update(v=305),
            lambda window: window["readings"][1].update(q=1),
            lambda window: window["proof"].pop(),
            lambda window: window["proof"].append(window["proof"][0]),
        ],
    )
    def test_is_refused_by_the_stranger_when_it_is_spoilt(self, spoil):
        item = json.loads(example("window"))
        spoil(item["disclosure"]["window"])
        assert not Stranger(item).readings_hold()

    def test_has_salts_that_look_different_in_file_and_hash(self):
        salts = [reading["salt"] for reading in self.item["disclosure"]["window"]["readings"]]
        assert all(set("+/") & set(salt) for salt in salts)


class TestAFile:
    def test_of_events_is_verified_by_a_stranger(self):
        told = json.loads(log_of(3).bundle().to_bytes())
        assert all(Stranger(item).commitment_holds() for item in told["items"])

    def test_has_the_checksum_that_the_page_tells(self):
        told = json.loads(log_of(3).bundle().to_bytes())
        assert told.pop("sha256") == hashlib.sha256(jcs(told)).hexdigest()

    def test_with_an_anchor_has_the_members_that_the_page_tells(self):
        log = log_of(3)
        told = json.loads(log.bundle(anchors=(log.anchor(size=2),), timestamps=(log.timestamp(),)).to_bytes())
        section = PAGE[PAGE.index("### Anchors and time stamps") :]
        for member in {*told["anchors"][0], *told["timestamps"][0]}:
            assert f"`{member}`" in section, member
        assert told["anchors"][0]["log_id"] == f"0x{sha256(told['origin'].encode()).hex()}"

    def test_with_a_single_member_has_the_commitment_that_the_page_tells(self):
        field = Field("coi:dose", "20 ml", b"\xfb" * 16)
        text = jcs([b64url(encode_base64(field.salt)), field.name, field.value])
        assert sha256(b"coi/field/v1\n" + text) == field.commitment


def test_the_constants_of_the_page_are_those_of_the_code():
    for context in (EVENT_CONTEXT, BATCH_CONTEXT, batch.READING_CONTEXT, CONTEXT):
        assert context.decode().replace("\n", "\\n") in PAGE
    for told in (batch.ALGORITHM, MEMBER, receipt.EVENT_TOPIC, receipt.HEAD_SIZE, receipt.HEAD_ROOT):
        assert f"`{told}`" in PAGE or told in PAGE


# --- what is to be copied -------------------------------------------------------------------------


def run(script, folder, *arguments, **environment):
    shell = ["python3", "-"] if script.startswith("import") else ["sh", "-es"]
    if shell[0] == "python3":
        shell[0] = sys.executable
    return subprocess.run(
        [*shell, *arguments],
        input=script,
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
@pytest.mark.parametrize("size", [1, 256, 300])
def test_the_scan_finds_every_batch_of_a_datastream_and_the_root(tmp_path, size):
    log = log_of(size - 1)
    log.seal(b"{}", kind=BATCH_TYPE, subject=f"urn:uuid:{STREAM}")
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger/checkpoint").write_bytes(log.checkpoint())
    for tile in required_tiles(size):
        if tile.level == "entries":
            path = tmp_path / "ledger" / str(tile)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(pack_entries(log.entries[256 * tile.index :][: tile.width]))
    run(example("fetch"), tmp_path, COI=f"file://{tmp_path}")
    files = [one.name for one in sorted(tmp_path.glob("entries.*"))]
    found, head = run(example("scan"), tmp_path, STREAM, *files).splitlines()
    assert found.startswith(f"{size - 1} {parse_entry(log.entries[-1]).id} sealed 2026-03-07T")
    assert head == f"{size} {encode_base64(log.head().root)}"


@needs_openssl
def test_openssl_checks_a_time_stamp_as_the_page_tells(tmp_path):
    log, authority = log_of(5), TimeStampAuthority.made(tmp_path)
    token = authority.token(log.head(4).to_text().encode())
    (tmp_path / "proof.json").write_bytes(log.bundle(timestamps=(log.timestamp(token, size=4),)).to_bytes())
    shutil.copy(authority.ca_file, tmp_path / "tsa-root.pem")
    assert "Verification: OK" in run(example("openssl"), tmp_path)
