"""The log over HTTP: anyone can fetch it whole, rebuild it, and compare it with what was signed."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.config import Config
from ledger import sequencer
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.note import open_note, parse_vkey
from ledger.core.policy import parse_policy
from ledger.core.tiles import TileAddress, TileTree, required_tiles, unpack_entries
from ledger.core.tree import leaf_hash, root
from tests.scene.ledger import NOW, behind_the_back, change, hands_in, sealed


def _tile(client: FlaskClient, address: TileAddress) -> bytes:
    answer = client.get(f"/ledger/{address}")
    assert answer.status_code == 200, address
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "immutable" in answer.headers["Cache-Control"]
    return answer.data


def test_a_stranger_rebuilds_the_signed_root_from_tiles_and_from_entries(
    client: FlaskClient, config: Config
) -> None:
    given = sealed(config, 700)
    answer = client.get("/ledger/checkpoint")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    key = parse_vkey(client.get("/ledger/key").text.strip())
    signed = parse_checkpoint(open_note(answer.data, [key]).text)

    tree = TileTree(signed.size, lambda *which: _tile(client, TileAddress(*which)))
    assert tree.root() == signed.root
    entries = [
        entry
        for address in required_tiles(signed.size)
        if address.level == "entries"
        for entry in unpack_entries(_tile(client, address))
    ]
    assert entries == list(given.values())
    assert root([leaf_hash(entry) for entry in entries]) == signed.root


def test_every_partial_tile_of_an_older_size_stays(client: FlaskClient, config: Config) -> None:
    sealed(config, 3)
    old = {address: _tile(client, address) for address in required_tiles(3)}
    sealed(config, 297, first=3)
    for address, content in old.items():
        assert _tile(client, address) == content


@pytest.mark.parametrize(
    "path",
    [
        "0/000",  # not full yet
        "0/000.p/4",  # wider than what is signed
        "0/001.p/1",
        "1/000.p/1",
        "entries/000.p/4",
        "0/0",
        "0/000.p/0",
        "0/000.p/256",
        "64/000",
        "0/x000/000",
        "0/../checkpoint",
        "entries/%30%30%31",
    ],
)
def test_a_tile_that_no_checkpoint_has_is_404_and_not_cached(
    client: FlaskClient, config: Config, path: str
) -> None:
    sealed(config, 3)
    hands_in(5, first=3)
    sequencer.sequence_batch(NOW)  # eight are in the log, three are signed
    answer = client.get(f"/ledger/tile/{path}")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "damage", ["DELETE FROM log_tile", "UPDATE log_tile SET hashes = substr(hashes, 1, 64)"]
)
def test_a_tile_that_was_damaged_is_404_and_no_cache_keeps_what_is_left(
    client: FlaskClient, config: Config, damage: str
) -> None:
    sealed(config, 3)
    change(damage)
    answer = client.get("/ledger/tile/0/000.p/3")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


@pytest.mark.parametrize(
    "path", ["entries/0/proof", "sample.json?seed=x&count=2", "checkpoints/2/consistency"]
)
def test_a_proof_that_a_damaged_tile_stops_is_refused_in_words(
    client: FlaskClient, config: Config, path: str
) -> None:
    sealed(config, 3)
    change("DELETE FROM log_tile")
    answer = client.get(f"/ledger/{path}", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.get_json()["type"].endswith("ledger-forked")
    assert "cần kiểm tra" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [
        ("entries/0/proof?size=x", "ledger-not-a-size", "“x” không phải một con số"),
        ("sample.json?seed=a&count=2&size=1e3", "ledger-not-a-size", "“1e3” không phải một con số"),
        ("exceptions.json?kind=nonesuch", "ledger-no-such-kind", "late, forced, corrected, erased"),
    ],
)
def test_what_is_no_size_and_no_kind_is_refused_and_not_taken_for_another_question(
    client: FlaskClient, config: Config, path: str, kind: str, told: str
) -> None:
    sealed(config, 3)
    answer = client.get(f"/ledger/{path}", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.get_json()["type"].endswith(kind)
    assert told in answer.get_json()["detail"]


def test_pages_say_in_words_what_is_no_size_and_no_kind(client: FlaskClient, config: Config) -> None:
    sealed(config, 3)
    for path, told in (
        ("sample?seed=a&count=2&size=x", "không phải một con số"),
        ("exceptions?kind=nonesuch", "Không có loại ngoại lệ"),
        ("exceptions.csv?kind=nonesuch", "Không có loại ngoại lệ"),
    ):
        answer = client.get(f"/ledger/{path}", headers={"Accept": "text/html"})
        assert (answer.status_code, told in answer.text) == (422, True), path
    assert client.get("/ledger/exceptions?kind=").status_code == 200


@pytest.mark.parametrize("gone", ["leaf_index = 1", "leaf_index < 2", "leaf_index >= 0"])
def test_the_page_answers_and_a_proof_is_refused_when_entries_were_deleted(
    client: FlaskClient, config: Config, gone: str
) -> None:
    sealed(config, 3)
    with behind_the_back("log_entry"):
        change(f"DELETE FROM log_entry WHERE {gone}")
    assert client.get("/ledger").status_code == 200
    assert client.get("/ledger/sample?seed=x&count=3").status_code == 200
    assert client.get("/ledger/entries/1").status_code == 404
    assert client.get("/ledger/entries/1/proof").status_code == 503


def test_the_policy_trusts_this_log_and_is_the_file_in_the_data_folder(
    client: FlaskClient, config: Config
) -> None:
    sealed(config, 1)
    served = client.get("/ledger/policy").data
    assert served == (config.data_dir / "policy.txt").read_bytes()
    assert parse_policy(served).logs[0].name == "demo.coi.invalid/ledger"


@pytest.mark.parametrize("path", ["checkpoint", "key", "policy", "tile/0/000.p/1"])
def test_before_the_log_is_created_there_is_nothing(client: FlaskClient, path: str) -> None:
    assert client.get(f"/ledger/{path}").status_code == 404


def test_a_checkpoint_that_the_reader_has_costs_no_body(client: FlaskClient, config: Config) -> None:
    sealed(config, 1)
    first = client.get("/ledger/checkpoint")
    again = client.get("/ledger/checkpoint", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    sealed(config, 1, first=1)
    assert (
        client.get("/ledger/checkpoint", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    )


def test_the_page_tells_size_reach_and_limits_before_and_after_the_first_entry(
    app: Flask, client: FlaskClient, config: Config
) -> None:
    empty = client.get("/ledger")
    assert empty.status_code == 200
    assert "Sổ chưa có mục nào" in empty.text
    sealed(config, 3)
    told = client.get("/ledger").text
    assert "Chỉ máy chủ này" in told
    assert "không chứng minh lời ấy đúng" in told
    assert "demo.coi.invalid/ledger" in told
