"""Every way of spoiling a bundle that we could think of, with the verdict that both verifiers must give."""

import json
from dataclasses import replace
from datetime import timedelta

from ledger.core import batch, fields, jcs
from ledger.core.anchors import UnknownAnchor
from ledger.core.batch import ErasedWindow, Reading
from ledger.core.disclosures import Disclosure
from ledger.core.entry import BATCH_TYPE
from ledger.core.fields import ErasedField, Field
from ledger.core.jcs import JSONValue
from ledger.core.note import SigningKey, WitnessKey, sign_note
from ledger.core.proofs import Bundle, Item, TlogProof
from tests.ledger.core.memory_log import DAY, MemoryLog, log_of
from tests.ledger.core.samples import Sample, another, flipped
from tests.ledger.core.spoilt_files import files, tlog_proofs
from tests.ledger.core.spoilt_trust import rotated, witnessed

KEY = bytes(range(32))


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
    made += [Sample(name, data, vkey, outcome) for name, data, outcome in files(good.to_bytes())]
    made += [Sample(name, data, vkey, outcome) for name, data, outcome in tlog_proofs(log)]
    for name, bundle, outcome in _strange_entries() + _opened():
        made.append(Sample(name, bundle.to_bytes(), bundle.vkey, outcome))
    return [
        *made,
        *witnessed(log),
        *rotated(log),
        *small_files(),
        Sample("a key that I do not hold", good.to_bytes(), another(vkey), "refused"),
        Sample(
            "a key of another log", good.to_bytes(), str(SigningKey.generate("x.example").verifier), "refused"
        ),
        Sample("a single leaf", log_of(1).bundle().to_bytes(), "", "unusable"),
    ]
