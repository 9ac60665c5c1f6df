"""Run the published vectors of a corpus against our code.

    python -m scripts.conformance DIR

DIR is laid out FOLDER/STEM.json or FOLDER/STEM.json.gz. One line a file, `FOLDER/STEM: N of M (need K)`;
files that no suite knows are listed as skipped. Exit 0 when every suite that ran reached its need and at
least one ran; 1 when one did not; 2 when there was nothing to run. Later rooms add rows to SUITES.
"""

import argparse
import gzip
import json
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ledger.core import jcs, tiles
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.encoding import decode_base64
from ledger.core.errors import LedgerError, Malformed, NotSignedByKnownKey
from ledger.core.note import SigningKey, open_note, parse_vkey, sign_note
from ledger.core.policy import Policy, parse_policy
from ledger.core.proofs import read_tlog_proof
from ledger.core.report import Outcome
from ledger.core.tree import (
    EMPTY_ROOT,
    is_subtree,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
    verify_subtree,
)
from ledger.core.verify import verify_tlog_proof
from marketplace.payments.vietqr import BadVietQR, VietQR, decode, encode
from scripts import log_vectors, witness_session

Case = dict[str, Any]
PROSE = {".md", ".txt"}  # sources and licences beside the vectors


@dataclass(frozen=True)
class Suite:
    """One file of vectors: whether a case passes, and where its cases are."""

    folder: str
    stem: str
    passes: Callable[[Case], bool]
    cases: Callable[[Case], list[Case]] = lambda document: document["cases"]


def holds(check: Callable[[], object]) -> bool:
    """Whether a check that raises one of our errors raises none."""
    try:
        check()
    except LedgerError:
        return False
    return True


# --- merkle -----------------------------------------------------------------------------------------


def inclusion(case: Case) -> bool:
    """Both verdicts: the right paths hold, the spoilt ones are refused."""
    raw = [decode_base64(value) for value in (case["leafHash"], case["root"], *(case["proof"] or []))]
    held = holds(lambda: verify_inclusion(raw[0], case["leafIdx"], case["treeSize"], raw[2:], raw[1]))
    return bool(held != case["wantErr"])


def consistency(case: Case) -> bool:
    """As `inclusion`."""
    raw = [decode_base64(value) for value in (case["root1"], case["root2"], *(case["proof"] or []))]
    held = holds(lambda: verify_consistency(case["size1"], case["size2"], raw[0], raw[1], raw[2:]))
    return bool(held != case["wantErr"])


def subtree_inclusion(case: Case) -> bool:
    """A leaf of the subtree start..end, which is a tree of its own."""
    raw = [decode_base64(value) for value in (case["leafHash"], case["root"], *(case["proof"] or []))]
    begin, end = case["start"], case["end"]
    held = is_subtree(begin, end) and holds(
        lambda: verify_inclusion(raw[0], case["leafIdx"] - begin, end - begin, raw[2:], raw[1])
    )
    return bool(held != case["wantErr"])


def subtree_consistency(case: Case) -> bool:
    """The subtree start..end in the tree of `size`."""
    raw = [decode_base64(value) for value in (case["root1"], case["root2"], *(case["proof"] or []))]
    held = holds(lambda: verify_subtree(raw[0], case["start"], case["end"], case["size"], raw[2:], raw[1]))
    return bool(held != case["wantErr"])


def tree_root(case: Case) -> bool:
    """The root from all leaves, and again by way of tiles."""
    if "leaves_hex" in case:
        leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in case["leaves_hex"]]
    else:
        leaves = [leaf_hash(i.to_bytes(8, "big")) for i in range(case["tree_size"])]
    by_tiles = tiles.extend(0, leaves, lambda *_: b"").root
    return bool(root(leaves).hex() == by_tiles.hex() == case["root_hex"])


def hasher(case: Case) -> bool:
    """The three hashes, and that a leaf never equals a node."""

    def value(words: list[str]) -> bytes:
        return (node_hash if words[0] == "node" else leaf_hash)(*map(bytes.fromhex, words[1:]))

    match case["op"]:
        case "empty_root":
            return EMPTY_ROOT.hex() == str(case["want_hex"])
        case "leaf":
            return value(["leaf", case["in_hex"]]).hex() == str(case["want_hex"])
        case "node":
            return value(["node", case["left_hex"], case["right_hex"]]).hex() == str(case["want_hex"])
    return value(case["a"]) != value(case["b"])


def signed_note(case: Case) -> bool:
    """Verified by whom, unverified, or malformed."""
    try:
        opened = open_note(decode_base64(case["note_b64"]), [parse_vkey(key) for key in case["vkeys"]])
    except NotSignedByKnownKey:
        return bool(case["want"] == "unverified")
    except LedgerError:
        return bool(case["want"] == "error")
    names = sorted(key.name for key in opened.verified)
    return bool(case["want"] == "ok" and names == sorted(case["verified"]))


def note_sign(case: Case) -> bool:
    """Ed25519 is deterministic: our note is theirs, byte for byte."""
    key = SigningKey.from_text(case["published_test_signing_key"])
    return bool(sign_note(case["text"], [key]) == case["want_note"].encode())


def vkey(case: Case) -> bool:
    """Read, and written again as it was."""
    try:
        key = parse_vkey(case["vkey"])
    except Malformed:
        return bool(case["want"] == "error")
    return bool(case["want"] == "ok" and str(key) == case["vkey"])


def checkpoint_body(case: Case) -> bool:
    """Read, and written again as it was."""
    try:
        checkpoint = parse_checkpoint(case["body"])
    except Malformed:
        return bool(case["want"] == "error")
    return bool(case["want"] == "ok" and checkpoint.to_text() == case["body"])


def tile_path(case: Case) -> bool:
    """Read, and written again as it was."""
    try:
        address = tiles.parse_path(case["path"])
    except Malformed:
        return bool(case["want"] == "error")
    if case["want"] != "ok" or str(address) != case["path"]:
        return False
    level = "entries" if case["kind"] == "entries" else case["level"]
    return bool((address.level, address.index, address.width) == (level, case["index"], case["width"]))


def canonical_json(case: Case) -> bool:
    """The canonical bytes of a document."""
    return jcs.canonicalize(jcs.parse(decode_base64(case["input_b64"]))) == decode_base64(case["output_b64"])


def canonical_number(case: Case) -> bool:
    """The canonical text of a double given by its bits; NaN and infinities have none."""
    (value,) = struct.unpack(">d", bytes.fromhex(case["ieee_hex"].zfill(16)))
    try:
        return bool(jcs.number(value) == case["want"])
    except Malformed:
        return case["want"] in (None, "error", "NaN", "Infinity", "-Infinity")


def tlog_proof(case: Case) -> bool:
    """Read; where the case says so, verified with the logged data and the log's key."""
    try:
        proof = read_tlog_proof(case["text"].encode())
    except Malformed:
        return bool(case["want"] == "error")
    if not case.get("verify"):
        return bool(case["want"] == "ok" and case.get("index", proof.index) == proof.index)
    trust = Policy(logs=(parse_vkey(case["vkey"]),))
    report = verify_tlog_proof(proof, trust=trust, entry=case["entry_utf8"].encode())
    return bool((report.outcome is Outcome.VERIFIED) == (case["want"] == "ok"))


def policy(case: Case) -> bool:
    """Read, and the quorum met by these sets of witnesses and not by those."""
    try:
        read = parse_policy(case["text"].encode())
    except Malformed:
        return bool(case["want"] == "error")
    met = all(read.satisfied_by(names) for names in case.get("satisfied_by", []))
    unmet = not any(map(read.satisfied_by, case.get("not_by", [])))
    return bool(case["want"] == "ok" and met and unmet)


# --- vietqr -----------------------------------------------------------------------------------------


def vietqr(case: Case) -> bool:
    """A payload encodes and decodes to the listed fields; a spoilt one is refused."""
    if "reason" in case:
        try:
            decode(case["payload"])
        except BadVietQR:
            return True
        return False
    names = ("bin", "account", "service", "amount", "bill_number", "purpose")
    fields = {name: case[name] for name in names}
    return bool(encode(VietQR(**fields)) == case["payload"] and asdict(decode(case["payload"])) == fields)


SUITES = (
    Suite("merkle", "inclusion", inclusion),
    Suite("merkle", "consistency", consistency),
    Suite("merkle", "subtree_inclusion", subtree_inclusion),
    Suite("merkle", "subtree_consistency", subtree_consistency),
    Suite("merkle", "roots", tree_root),
    Suite("merkle", "hasher", hasher),
    Suite("merkle", "notes", signed_note),
    Suite("merkle", "note_sign", note_sign),
    Suite("merkle", "vkeys", vkey),
    Suite("merkle", "checkpoint_bodies", checkpoint_body),
    Suite("merkle", "tile_paths", tile_path),
    Suite("merkle", "tiles_required", log_vectors.required_paths),
    Suite("merkle", "log_tessera15", log_vectors.same_bytes, log_vectors.files_of),
    Suite("merkle", "rekor_v2", log_vectors.foreign_entry),
    Suite("merkle", "jcs", canonical_json),
    Suite("merkle", "jcs_numbers", canonical_number),
    Suite("merkle", "tlog_proofs", tlog_proof),
    Suite("merkle", "policies", policy),
    Suite("merkle", "witness_sessions", witness_session.as_wanted, witness_session.played),
    Suite("vietqr", "vectors", vietqr, lambda document: [*document["vectors"], *document["negative"]]),
)


def load(path: Path) -> Case:
    """The JSON document of a file, unzipped if need be."""
    raw = path.read_bytes()
    document: Case = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    return document


def run(directory: Path) -> Iterator[tuple[str, bool | None]]:
    """For each file a line and whether its suite reached its need; None where no suite knows the file."""
    suites = {(suite.folder, suite.stem): suite for suite in SUITES}
    skipped = set()
    for path in sorted(directory.glob("*/*")):
        if path.is_dir() or path.suffix in PROSE or path.name.startswith("."):
            continue
        stem, _, ending = path.name.partition(".")
        suite = suites.get((path.parent.name, stem)) if ending in ("json", "json.gz") else None
        name = f"{path.parent.name}/{stem}"
        if suite is None:
            if name not in skipped:  # the same stem may come as .csv and .json
                yield f"{name}: skipped", None
            skipped.add(name)
            continue
        cases = suite.cases(load(path))
        failed = [case.get("id", number) for number, case in enumerate(cases) if not suite.passes(case)]
        faults = f"; failed: {', '.join(map(str, failed[:10]))}" if failed else ""
        yield f"{name}: {len(cases) - len(failed)} of {len(cases)} (need {len(cases)}){faults}", not failed


def main() -> int:
    """Print every line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Run published vectors against our code.")
    parser.add_argument("directory", type=Path, metavar="DIR")
    directory = parser.parse_args().directory
    verdicts = []
    for line, verdict in run(directory):
        print(line, flush=True)
        verdicts.append(verdict)
    ran = [verdict for verdict in verdicts if verdict is not None]
    if not ran:
        print(f"no suite ran: {directory} holds no file that we know", file=sys.stderr)
        return 2
    return 0 if all(ran) else 1


if __name__ == "__main__":
    sys.exit(main())
