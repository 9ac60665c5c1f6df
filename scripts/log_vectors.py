"""Whole published logs of the corpus: rebuilt byte for byte, or read as they were found."""

import hashlib
from typing import Any

from ledger.core import tiles
from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.encoding import decode_base64
from ledger.core.errors import LedgerError, NotSignedByKnownKey
from ledger.core.note import SigningKey, note_text, open_note, sign_note
from ledger.core.tree import leaf_hash, verify_inclusion

Case = dict[str, Any]


def required_paths(case: Case) -> bool:
    """Every file that a log of this size has to serve."""
    paths = sorted(map(str, tiles.required_tiles(case["tree_size"])))
    digest = hashlib.sha256("".join(f"{path}\n" for path in paths).encode()).hexdigest()
    return bool(
        len(paths) == case["count"]
        and digest == case["sha256_of_sorted_paths"]
        and case["paths"] in (None, paths)
    )


def files_of(document: Case) -> list[Case]:
    """One case a file of the log: the published bytes, and those that we make of its entries."""
    made = _built(document)
    published = document["files_b64"]
    return [
        {"id": name, "want": published.get(name), "made": made.get(name)}
        for name in sorted({*made, *published})
    ]


def same_bytes(case: Case) -> bool:
    """Neither a file too few nor one too many, nor another byte."""
    if case["want"] is None or case["made"] is None:
        return False
    return bool(decode_base64(case["want"]) == case["made"])


def _built(document: Case) -> dict[str, bytes]:
    """Append the entries one by one; sign each size, and keep each partial tile."""
    key = SigningKey.from_text(document["published_test_signing_key"])
    entries = [entry.encode() for entry in document["entries_utf8"]]
    stored: dict[tuple[int, int], bytes] = {}
    files: dict[str, bytes] = {}

    def read(level: int, index: int, width: int) -> bytes:
        return stored[level, index][: width * 32]

    for size in range(len(entries) + 1):
        made = tiles.extend(max(0, size - 1), [leaf_hash(entry) for entry in entries[size - 1 : size]], read)
        stored |= {(tile.level, tile.index): tile.hashes for tile in made.tiles}
        files |= {str(tile.address): tile.hashes for tile in made.tiles}
        for address in tiles.required_tiles(size):
            if address.level == "entries":
                begin = address.index * tiles.WIDTH
                files[str(address)] = tiles.pack_entries(entries[begin : begin + address.width])
        head = Checkpoint(document["origin"], size, made.root)
        files["checkpoint"] = files[f"checkpoint.{size}"] = sign_note(head.to_text(), [key])
    return files


def foreign_entry(case: Case) -> bool:
    """A real entry of somebody's log: included under the checkpoint, whose signer we do not know."""
    note = case["checkpoint"].encode()
    head = parse_checkpoint(note_text(note))
    try:
        open_note(note, [SigningKey.generate(head.origin).verifier])
    except NotSignedByKnownKey:
        pass
    else:
        return False
    path = [decode_base64(value) for value in case["proof"]]
    leaf = leaf_hash(decode_base64(case["leaf_data_b64"]))
    try:
        verify_inclusion(leaf, case["leafIdx"], head.size, path, head.root)
    except LedgerError:
        return bool(case["wantErr"])
    told = (case["treeSize"], decode_base64(case["root"]))
    return not case["wantErr"] and told == (head.size, head.root)
