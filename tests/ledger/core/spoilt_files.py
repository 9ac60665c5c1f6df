"""Every way of misspelling a proof file, with the verdict that both verifiers must give."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ledger.core.checksum import MEMBER, with_checksum
from ledger.core.proofs import TlogProof
from tests.ledger.core.memory_log import MemoryLog
from tests.ledger.core.samples import another


def files(good: bytes) -> list[tuple[str, bytes, str]]:
    """Bundles made out of the bytes of a good one: name, bytes, verdict."""

    def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
        """Another file, and not a damaged one: its checksum is made anew."""
        members = json.loads(good)
        del members[MEMBER]
        change(members)
        return with_checksum(members)

    def nested(depth: int) -> bytes:
        return changed(lambda m: m.update(about={"a": json.loads("[" * depth + "]" * depth)}))

    first_hash = json.loads(good)["items"][0]["proof"][0]
    return [
        ("pretty printed", json.dumps(json.loads(good), indent=2).encode(), "unusable"),
        ("unknown members", changed(lambda m: m.update(later={"a": [1.5, None]})), "verified"),
        ("cut file", good[:-1], "unusable"),
        ("empty file", b"", "unusable"),
        ("not UTF-8", good.replace(b'"about":{}', b'"about":{"a":"\xff"}'), "unusable"),
        ("byte order mark", b"\xef\xbb\xbf" + good, "unusable"),
        ("a name twice", good.replace(b'"format":', b'"size":11,"format":'), "unusable"),
        ("an escaped name twice", good.replace(b'"format":', b'"\\u0073ize":11,"format":'), "unusable"),
        ("unknown format", good.replace(b"coi/proof/1", b"coi/proof/2"), "unusable"),
        ("no items", changed(lambda m: m.pop("items")), "unusable"),
        ("size as text", changed(lambda m: m.update(size="11")), "unusable"),
        ("size as decimal", good.replace(b'"size":11', b'"size":11.0'), "unusable"),
        ("size as truth", changed(lambda m: m.update(size=True)), "unusable"),
        ("index negative", changed(lambda m: m["items"][0].update(index=-1)), "unusable"),
        ("hash of 31 bytes", changed(lambda m: m["items"][0].update(proof=[_b64(bytes(31))])), "unusable"),
        (
            "hash without padding",
            good.replace(first_hash.encode(), first_hash.rstrip("=").encode()),
            "unusable",
        ),
        ("hash with stray bits", good.replace(first_hash.encode(), _stray(first_hash).encode()), "unusable"),
        (
            "salt of 15 bytes",
            changed(lambda m: m["items"][0]["disclosure"].update(salt=_b64(bytes(15)))),
            "unusable",
        ),
        (
            "nested too deep",
            good.replace(b'"about":{}', b'"about":{"a":' + b"[" * 120 + b"]" * 120 + b"}"),
            "unusable",
        ),
        ("nested just deep enough", nested(98), "verified"),
        (
            "nested one too deep",
            good.replace(b'"about":{}', b'"about":{"a":' + b"[" * 99 + b"]" * 99 + b"}"),
            "unusable",
        ),
        *[(name, _with_stamp(good, **said), "unusable") for name, said in _MISSHAPEN_STAMPS.items()],
        ("anchor of a kind that is no text", changed(lambda m: m.update(anchors=[{"kind": 1}])), "unusable"),
        ("unknown anchor without a name", changed(lambda m: m.update(anchors=[{"kind": "x"}])), "unusable"),
        ("time stamps that are no list", changed(lambda m: m.update(timestamps={})), "unusable"),
        ("checksum missing", changed(lambda m: None).replace(b'"sha256"', b'"sha257"'), "refused"),
        ("a member that nobody signed", good.replace(b'"pending":0', b'"pending":1'), "refused"),
        ("anchors left out", good.replace(b'"anchors":[],', b""), "unusable"),
        ("checksum in capitals", _capital_checksum(good), "refused"),
        ("key of the maker is another's", changed(lambda m: m.update(vkey=another(m["vkey"]))), "refused"),
        ("key of the maker is no key", changed(lambda m: m.update(vkey="x")), "refused"),
        ("origin in capitals", changed(lambda m: m.update(origin=m["origin"].upper())), "refused"),
        (
            "hashes in url letters",
            changed(lambda m: m["items"][0]["proof"].append("_" * 43 + "=")),
            "unusable",
        ),
        (
            "more hashes than any tree has",
            changed(lambda m: m["items"][0].update(proof=[_b64(bytes(32))] * 129)),
            "unusable",
        ),
        ("proofs of two entries swapped", changed(_swap_proofs), "refused"),
        ("an item twice", changed(lambda m: m["items"].append(m["items"][0])), "unusable"),
        ("lone surrogate", good.replace(b'"about":{}', b'"about":{"a":"\\ud800"}'), "unusable"),
        ("NaN", good.replace(b'"about":{}', b'"about":{"a":NaN}'), "unusable"),
        (
            "an integer no double holds",
            good.replace(b'"about":{}', b'"about":{"a":9007199254740993}'),
            "unusable",
        ),
        ("a list", b"[]", "unusable"),
    ]


_MISSHAPEN_STAMPS: dict[str, dict[str, Any]] = {
    "time stamp of another kind": {"kind": "rfc9999"},
    "time stamp with a token that is no base64": {"token": "MA"},
    "time stamp at no moment": {"stamped_at": "2026-02-30T00:00:00Z"},
    "time stamp at a local moment": {"stamped_at": "2026-02-03T00:00:00+07:00"},
    "time stamp that says not where it was made": {"on_this_machine": None},
    "time stamp without a number": {"external_id": 7},
    "time stamp of a negative size": {"size": -1},
    "time stamp with a short root": {"root": "0x00"},
    "time stamp of nobody": {"authority": None},
}


def _with_stamp(good: bytes, **said: Any) -> bytes:
    members = json.loads(good)
    del members[MEMBER]
    stamp = {
        "kind": "rfc3161",
        "external_id": "2",
        "authority": "a",
        "on_this_machine": False,
        "stamped_at": "2026-03-07T02:30:00Z",
        "token": "MAA=",
        "size": 11,
        "root": "0x" + "00" * 32,
    }
    return with_checksum(members | {"timestamps": [stamp | said]})


def _swap_proofs(members: dict[str, Any]) -> None:
    first, second = members["items"][:2]
    first["proof"], second["proof"] = second["proof"], first["proof"]


def _capital_checksum(good: bytes) -> bytes:
    told = json.loads(good)[MEMBER]
    return good.replace(told.encode(), told.upper().encode())


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _stray(hash_b64: str) -> str:
    """The same 32 bytes with a non-zero pad bit, which lax readers take."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return hash_b64[:-2] + alphabet[alphabet.index(hash_b64[-2]) + 1] + "="


def tlog_proofs(log: MemoryLog) -> list[tuple[str, bytes, str]]:
    """Proofs in C2SP's own form, without a bundle: name, bytes, verdict."""
    good = TlogProof.of(log.item(3), log.checkpoint())
    spoilt = TlogProof.of(replace(log.item(3), disclosure=log.opened[4]), log.checkpoint())
    whole = good.to_bytes()
    extra = good.extra or b""
    return [
        ("tlog-proof", whole, "verified"),
        (
            "tlog-proof, erased",
            TlogProof.of(log.item(3, erased=True), log.checkpoint()).to_bytes(),
            "verified",
        ),
        ("tlog-proof of another index", replace(good, index=4).to_bytes(), "refused"),
        ("tlog-proof of another body", spoilt.to_bytes(), "refused"),
        ("tlog-proof without our entry", replace(good, extra=None).to_bytes(), "unusable"),
        (
            "tlog-proof, damaged extra",
            replace(good, extra=extra.replace(b'"salt"', b'"salz"')).to_bytes(),
            "unusable",
        ),
        ("tlog-proof cut", whole[:-1], "refused"),
        ("tlog-proof cut before the checkpoint", whole[: whole.index(b"\n\n") + 2], "unusable"),
        ("tlog-proof with carriage returns", whole.replace(b"\n", b"\r\n"), "unusable"),
        ("tlog-proof with a leading zero", whole.replace(b"index 3", b"index 03"), "unusable"),
        (
            "tlog-proof with a huge index",
            whole.replace(b"index 3\n", b"index 18446744073709551615\n"),
            "refused",
        ),
        ("tlog-proof of the next version", whole.replace(b"@v1", b"@v2"), "unusable"),
    ]
