"""Every way of spoiling a bundle that we could think of, with the verdict that both verifiers must give."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from ledger.core import batch, fields, jcs
from ledger.core.anchors import UnknownAnchor
from ledger.core.batch import ErasedWindow, Reading
from ledger.core.checksum import MEMBER, with_checksum
from ledger.core.disclosures import Disclosure
from ledger.core.entry import BATCH_TYPE
from ledger.core.fields import ErasedField, Field
from ledger.core.jcs import JSONValue
from ledger.core.note import SigningKey, WitnessKey, sign_note
from ledger.core.proofs import Bundle, Item, TlogProof
from tests.ledger.core.memory_log import DAY, MemoryLog, log_of

KEY = bytes(range(32))


@dataclass(frozen=True)
class Sample:
    """A file's bytes, what the verifier trusts (a vkey, a policy's text, or nothing), and the verdict."""

    name: str
    data: bytes
    trust: str
    outcome: str


def flipped(raw: bytes, at: int = 0) -> bytes:
    """The bytes with one bit changed."""
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def _items(log: MemoryLog) -> list[tuple[str, Item, str]]:
    good, other = log.item(3), log.item(4)
    opened = log.opened[3]
    unspaced = log.entries[3].replace(b'"v":1', b'"v": 1')
    return [
        (
            "body changed by one bit",
            replace(good, disclosure=Disclosure(opened.salt, flipped(opened.body, 9))),
            "refused",
        ),
        ("salt changed", replace(good, disclosure=Disclosure(flipped(opened.salt), opened.body)), "refused"),
        ("disclosure of another entry", replace(good, disclosure=other.disclosure), "refused"),
        ("erased", log.item(3, erased=True), "verified"),
        ("not disclosed", replace(good, disclosure=None), "verified"),
        ("other entry", replace(good, entry=other.entry, disclosure=None), "refused"),
        ("entry with a space", replace(good, entry=unspaced), "refused"),
        ("entry cut", replace(good, entry=good.entry[:-1]), "refused"),
        ("other index", replace(good, index=4), "refused"),
        ("index beyond the tree", replace(good, index=11), "refused"),
        ("huge index", replace(good, index=2**53 - 1), "refused"),
        ("proof cut", replace(good, proof=good.proof[:-1]), "refused"),
        ("proof too long", replace(good, proof=(*good.proof, good.proof[0])), "refused"),
        ("proof empty", replace(good, proof=()), "refused"),
        (
            "proof with a changed bit",
            replace(good, proof=(flipped(good.proof[0]), *good.proof[1:])),
            "refused",
        ),
        ("proof in another order", replace(good, proof=good.proof[::-1]), "refused"),
    ]


def _strange_entries() -> list[tuple[str, Bundle, str]]:
    """Leaves that stand in the log, and are no entries."""
    made = []
    good = json.loads(log_of(1).entries[0])
    for name, changes in {
        "decomposed text": {"subject": "lot:xoa\u0300i"},
        "control character": {"subject": "a\u0007b"},
        "no such day": {"at": "2026-02-29T00:00:00Z"},
        "year zero": {"at": "0000-01-01T00:00:00Z"},
        "seventh member": {"zz": 1},
        "version 2": {"v": 2},
        "version true": {"v": True},
        "number for a text": {"subject": 7},
        "escaped surrogate": {"subject": "\ud800"},
        "commitment in capitals": {"body_commit": good["body_commit"].upper()},
        "id in capitals": {"id": good["id"].upper()},
        "type in capitals": {"type": "EPCIS.event"},
        "too long a subject": {"subject": "x" * 257},
        "more bytes than an entry has": {"subject": "x" * 65_536},
    }.items():
        log = log_of(2)
        ascii_only = name == "escaped surrogate"
        text = json.dumps(good | changes, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_only)
        index = log.append(text.encode(), Disclosure(bytes(16), b""))
        made.append((f"entry: {name}", log.bundle(replace(log.item(index), disclosure=None)), "refused"))
    return made


def _heads(log: MemoryLog) -> list[tuple[str, Bundle, str]]:
    good = log.bundle()
    stranger = SigningKey.generate(log.key.name)
    head = log.head().to_text()
    forged = good.checkpoint.replace("\n11\n", "\n12\n")
    return [
        ("good", good, "verified"),
        ("good with an unknown signature", _signed(good, head, [log.key, stranger]), "verified"),
        ("signed by a stranger", _signed(good, head, [stranger]), "refused"),
        ("checkpoint altered", replace(good, checkpoint=forged, size=12), "refused"),
        (
            "checkpoint of another log",
            _signed(good, head.replace(log.key.name, "other.example/log"), [log.key]),
            "refused",
        ),
        (
            "checkpoint with a leading zero",
            _signed(good, head.replace("\n11\n", "\n011\n"), [log.key]),
            "refused",
        ),
        ("checkpoint cut", replace(good, checkpoint=good.checkpoint[:-1]), "refused"),
        (
            "checkpoint with carriage returns",
            replace(good, checkpoint=good.checkpoint.replace("\n", "\r\n")),
            "refused",
        ),
        ("checkpoint is no note", replace(good, checkpoint="trust me"), "refused"),
        ("size of the bundle differs", replace(good, size=10), "refused"),
        ("origin of the bundle differs", replace(good, origin="other.example/log"), "refused"),
        ("nothing in it", replace(good, items=()), "unusable"),
        ("some pending", replace(good, pending=2), "verified"),
    ]


def _signed(bundle: Bundle, head: str, keys: list[SigningKey]) -> Bundle:
    return replace(bundle, checkpoint=sign_note(head, keys).decode())


def _files(good: bytes) -> list[tuple[str, bytes, str]]:
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
        ("key of the maker is another's", changed(lambda m: m.update(vkey=_another(m["vkey"]))), "refused"),
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


def _another(vkey: str) -> str:
    return str(SigningKey.generate(vkey.partition("+")[0]).verifier)


def _capital_checksum(good: bytes) -> bytes:
    told = json.loads(good)[MEMBER]
    return good.replace(told.encode(), told.upper().encode())


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _stray(hash_b64: str) -> str:
    """The same 32 bytes with a non-zero pad bit, which lax readers take."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return hash_b64[:-2] + alphabet[alphabet.index(hash_b64[-2]) + 1] + "="


def _anchored(log: MemoryLog) -> list[tuple[str, Bundle, str]]:
    far = replace(log.anchor(), size=2**53 - 1, consistency=())
    return [
        ("anchor of this head", log.bundle(anchors=(log.anchor(),)), "verified"),
        ("anchor of an earlier head", log.bundle(anchors=(log.anchor(size=4),)), "verified"),
        ("anchor that nothing joins", log.bundle(anchors=(log.anchor(size=4, joined=False),)), "verified"),
        ("anchor of another root", log.bundle(anchors=(replace(log.anchor(), root=bytes(32)),)), "refused"),
        ("anchor of another log", log.bundle(anchors=(replace(log.anchor(), log_id=bytes(32)),)), "refused"),
        ("anchor far ahead", log.bundle(anchors=(far,)), "refused"),
        ("anchor of a kind to come", log.bundle(anchors=(_of_a_kind_to_come(),)), "verified"),
        *_stamped(log),
    ]


def _of_a_kind_to_come() -> UnknownAnchor:
    members: dict[str, JSONValue] = {"kind": "state-chain", "external_id": "VN-77", "later": {"a": [1]}}
    return UnknownAnchor("state-chain", "VN-77", members)


def _stamped(log: MemoryLog) -> list[tuple[str, Bundle, str]]:
    """No browser reads a token: the verdict is on the head that it is said to be over."""
    good = log.timestamp()
    here, earlier = replace(good, on_this_machine=True), log.timestamp(size=4)
    both = log.bundle(anchors=(log.anchor(),), timestamps=(good, here))
    return [
        ("time stamp of this head", log.bundle(timestamps=(good,)), "verified"),
        ("time stamps beside an anchor", both, "verified"),
        ("time stamp of an earlier head", log.bundle(timestamps=(earlier,)), "verified"),
        (
            "time stamp that nothing joins",
            log.bundle(timestamps=(log.timestamp(size=4, joined=False),)),
            "verified",
        ),
        (
            "time stamp of another root",
            log.bundle(timestamps=(replace(good, root=bytes(32)),)),
            "refused",
        ),
        (
            "time stamp of an empty log",
            log.bundle(timestamps=(replace(good, size=0, root=bytes(32), consistency=()),)),
            "refused",
        ),
    ]


def _opened() -> list[tuple[str, Bundle, str]]:
    """Fields and readings: shown, kept back, erased, and spoilt."""
    log = log_of(5)
    shown, other = Field("coi:dose", "20 ml ộ", bytes(16)), Field("coi:place", ["lô 3", 1.5, None], b"1" * 16)
    commitments = {field.name: field.commitment.hex() for field in (shown, other)}
    index = log.seal(jcs.canonicalize({"type": "ObjectEvent", fields.MEMBER: commitments}))
    readings = [
        Reading(at=DAY + timedelta(milliseconds=500 * i), value=i - 3, unit="10*-2.Cel", flag=1)
        for i in range(13)
    ]
    of_batch = log.seal(batch.seal("stream", readings, KEY, gap_count=0).to_body(), kind=BATCH_TYPE)
    no_batch = log.seal(b"{}", kind=BATCH_TYPE)
    window = batch.window(readings, KEY, 4, 9)
    left_out = replace(window, readings=window.readings[:2] + window.readings[3:])
    first, salt = window.readings[0]
    changed = replace(window, readings=((replace(first, value=7), salt), *window.readings[1:]))

    def with_fields(*told: Field | ErasedField) -> Bundle:
        return log.bundle(replace(log.item(index), disclosure=replace(log.opened[index], fields=told)))

    def with_window(told: object, at: int = of_batch) -> Bundle:
        return log.bundle(replace(log.item(at), disclosure=replace(log.opened[at], window=told)))

    return [
        ("fields shown", with_fields(shown, other), "verified"),
        ("field kept back", with_fields(other), "verified"),
        ("field erased", with_fields(shown, ErasedField("coi:place")), "verified"),
        ("field with another value", with_fields(replace(shown, value="21 ml")), "refused"),
        (
            "field with text in another form",
            with_fields(replace(shown, value="20 ml o\u0323\u0302")),
            "refused",
        ),
        ("field with another salt", with_fields(replace(shown, salt=b"2" * 16)), "refused"),
        ("field under another name", with_fields(replace(shown, name="coi:place")), "refused"),
        ("field that was never sealed", with_fields(replace(shown, name="coi:more")), "refused"),
        ("erased field that was never sealed", with_fields(ErasedField("coi:more")), "refused"),
        ("window of readings", with_window(window), "verified"),
        ("whole batch of readings", with_window(batch.window(readings, KEY, 0, 13)), "verified"),
        ("last reading", with_window(batch.window(readings, KEY, 12, 13)), "verified"),
        ("readings erased", with_window(ErasedWindow()), "verified"),
        ("a reading left out", with_window(left_out), "refused"),
        ("a reading changed", with_window(changed), "refused"),
        ("readings of another place", with_window(replace(window, begin=5)), "refused"),
        ("readings with a proof cut", with_window(replace(window, proof=window.proof[:-1])), "refused"),
        ("no readings", with_window(replace(window, readings=())), "refused"),
        ("readings of no batch", with_window(window, no_batch), "refused"),
        ("a batch without readings", log.bundle(log.item(of_batch)), "verified"),
    ]


def _witnessed(log: MemoryLog) -> list[Sample]:
    """Cosignatures and what a policy makes of them."""
    keys = [WitnessKey.generate(f"w{n}.example") for n in range(3)]
    head = log.head().to_text()
    lines = [key.cosign(head, DAY) for key in keys]
    late = keys[0].cosign(head, DAY + timedelta(days=1))
    other_time = lines[0].replace(lines[0].split()[2], late.split()[2][:16] + lines[0].split()[2][16:])
    names = "".join(f"witness w{n} {key.verifier}\n" for n, key in enumerate(keys))
    policy = f"log {log.key.verifier}\n{names}group g 2 w0 w1 w2\nquorum g\n"
    none = policy.replace("quorum g", "quorum none")
    host = log.key.name.partition("/")[0]
    ahead, other_ahead = (key.cosign(head, DAY + timedelta(days=9000)) for key in keys[:2])
    newer = keys[0].cosign(head, DAY + timedelta(days=3))

    def of(name: str, cosigned: list[str], trust: str, outcome: str) -> Sample:
        note = log.checkpoint().decode() + "".join(cosigned)
        return Sample(name, replace(log.bundle(), checkpoint=note).to_bytes(), trust, outcome)

    stranger = WitnessKey.generate("w1.example").cosign(head, DAY)
    return [
        of("quorum met", lines[:2], policy, "verified"),
        of("quorum more than met", lines, policy, "verified"),
        of("a cosignature twice", lines[:1] * 2 + lines[1:2], policy, "verified"),
        of("quorum not met", lines[:1], policy, "refused"),
        of("quorum not met by one twice", lines[:1] * 2, policy, "refused"),
        of("no cosignature", [], policy, "refused"),
        of("cosigned by a stranger of the same name", [lines[0], stranger], policy, "refused"),
        of("cosignature with another time", [other_time, lines[1], lines[2]], policy, "refused"),
        of(
            "cosignature of another head",
            [keys[0].cosign(log.head(5).to_text(), DAY), *lines[1:]],
            policy,
            "refused",
        ),
        of("quorum of witnesses beside the log", lines[:2], _at(policy, "http://127.0.0.1:1/"), "verified"),
        of("quorum at the log's own name", lines[:2], _at(policy, f"https://{host.upper()}/w"), "verified"),
        of("one witness beside the log", lines, _at(policy, "http://[::1]:1", "w0"), "verified"),
        of("witnesses at an address like the log's", lines, _at(policy, f"https://x{host}"), "verified"),
        of(
            "witnesses at a word before loopback",
            lines,
            _at(policy, "http://127.0.0.1@a.example"),
            "verified",
        ),
        of("time of the future", [ahead, other_ahead], policy, "verified"),
        of("one time of the future", [ahead, lines[1]], policy, "verified"),
        of(
            "a newer time beside the log",
            [newer, lines[1]],
            _at(policy, "http://localhost", "w0"),
            "verified",
        ),
        of("cosigned, and nobody is asked for", lines[:1], none, "verified"),
        of("cosigned, and one key trusted", lines, str(log.key.verifier), "verified"),
        of(
            "policy of another log",
            lines,
            policy.replace(str(log.key.verifier), _another(str(log.key.verifier))),
            "refused",
        ),
        of("policy without the log", lines, "\n".join(policy.split("\n")[1:]), "refused"),
        of("a witness's key as the log's", lines, str(keys[0].verifier), "unusable"),
        of("policy without quorum", lines, policy.replace("quorum g\n", ""), "unusable"),
        of("nobody trusted", lines, "", "unusable"),
    ]


def _at(policy: str, url: str, name: str = "") -> str:
    """A policy whose witnesses, or the one of this name, have an address."""
    lines = policy.split("\n")
    return "\n".join(f"{line} {url}" if line.startswith(f"witness {name}") else line for line in lines)


def _rotated(log: MemoryLog) -> list[Sample]:
    """A log that has two keys for a while: either will do, and a revoked one no more."""
    old, new = log.key, SigningKey.generate(log.key.name)
    head = log.head().to_text()
    both = replace(log.bundle(), vkey=str(new.verifier), checkpoint=sign_note(head, [new, old]).decode())
    spoilt = sign_note(log.head(5).to_text(), [new]).decode().rpartition("\n\n")[2]
    one_fails = replace(both, checkpoint=f"{sign_note(head, [old]).decode()}{spoilt}")
    twin = WitnessKey("w", old.private).verifier
    lines = f"log {new.verifier}\nlog {old.verifier}\nquorum none\n"
    as_witness = f"log {old.verifier}\nwitness w {twin}\nquorum w\n"
    made = [
        ("two keys of the log, the old one trusted", both, str(old.verifier), "verified"),
        ("two keys of the log, the new one trusted", both, str(new.verifier), "verified"),
        ("two keys of the log, both trusted", both, f"{new.verifier}\n{old.verifier}\n", "verified"),
        ("two keys of the log, a policy of both", both, lines, "verified"),
        ("old key alone, a policy of both", log.bundle(), lines, "verified"),
        (
            "old key alone, a policy after its revocation",
            log.bundle(),
            f"log {new.verifier}\nquorum none\n",
            "refused",
        ),
        ("two keys of the log, the line of one fails", one_fails, str(old.verifier), "refused"),
        ("a policy with the log's key as witness", both, as_witness, "unusable"),
    ]
    return [Sample(name, bundle.to_bytes(), trust, outcome) for name, bundle, trust, outcome in made]


def _tlog_proofs(log: MemoryLog) -> list[tuple[str, bytes, str]]:
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


def small_files() -> list[Sample]:
    """A bundle and a tlog-proof, as small as they come, cosigned, under a policy that covers every line."""
    log, witness = log_of(2), WitnessKey.generate("w.example")
    note = log.checkpoint() + witness.cosign(log.head().to_text(), DAY).encode()
    policy = f"log {log.key.verifier}\nwitness w {witness.verifier}\nquorum w\n"
    bundle = replace(
        log.bundle(log.item(1), anchors=(log.anchor(),), timestamps=(log.timestamp(),)),
        checkpoint=note.decode(),
        about={"a": "b"},
    )
    proof = TlogProof.of(log.item(1), note)
    return [
        Sample("a small bundle", bundle.to_bytes(), policy, "verified"),
        Sample("a small tlog-proof", proof.to_bytes(), policy, "verified"),
    ]


def samples() -> list[Sample]:
    """All of them, over one log of eleven entries."""
    log = log_of(11)
    vkey, good = str(log.key.verifier), log.bundle()
    bundles = (
        [(name, log.bundle(item), outcome) for name, item, outcome in _items(log)]
        + _heads(log)
        + _anchored(log)
    )
    made = [Sample(name, bundle.to_bytes(), vkey, outcome) for name, bundle, outcome in bundles]
    made += [Sample(name, data, vkey, outcome) for name, data, outcome in _files(good.to_bytes())]
    made += [Sample(name, data, vkey, outcome) for name, data, outcome in _tlog_proofs(log)]
    for name, bundle, outcome in _strange_entries() + _opened():
        made.append(Sample(name, bundle.to_bytes(), bundle.vkey, outcome))
    return [
        *made,
        *_witnessed(log),
        *_rotated(log),
        *small_files(),
        Sample("a key that I do not hold", good.to_bytes(), _another(vkey), "refused"),
        Sample(
            "a key of another log", good.to_bytes(), str(SigningKey.generate("x.example").verifier), "refused"
        ),
        Sample("a single leaf", log_of(1).bundle().to_bytes(), "", "unusable"),
    ]
