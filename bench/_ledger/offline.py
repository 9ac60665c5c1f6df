"""What an auditor's laptop does: check a proof at a million leaves, and start the command line."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from bench._ledger.memory import MemoryLog
from bench._report import Measured, in_turn, ratio
from ledger.core.note import SigningKey
from ledger.core.tiles import TileTree
from ledger.core.tree import leaf_hash, verify_inclusion

ROOT = Path(__file__).resolve().parents[2]
NODE = b"\x01" * 65  # what an inner node of the tree hashes
IMPORT = "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey"
_HASHES = 100_000
_STEP = 1009  # between the leaves whose proofs are checked
_STARTS = 9


def measure_verification(log: MemoryLog, entries: Sequence[bytes]) -> Measured:
    """From an entry's bytes to the root, without the signature, over one SHA-256 of 65 bytes."""
    tree = TileTree(log.size, log.read)
    indices = range(0, log.size, max(_STEP, log.size // 1000))
    proofs = [(entries[index], index, tree.inclusion_path(index)) for index in indices]

    def verify() -> float:
        begin = time.perf_counter()
        for entry, index, path in proofs:
            verify_inclusion(leaf_hash(entry), index, log.size, path, log.root)
        return (time.perf_counter() - begin) / len(proofs)

    def hash_once() -> float:
        begin = time.perf_counter()
        for _ in range(_HASHES):
            sha256(NODE).digest()
        return (time.perf_counter() - begin) / _HASHES

    verified, hashed = in_turn(verify, hash_once)
    return Measured(
        figures={"verify_us": min(verified) * 1e6, "sha256_65_bytes_us": min(hashed) * 1e6},
        ratios={"verify_over_sha256": ratio(verified, hashed)},
    )


def measure_command(log: MemoryLog, entries: Sequence[bytes], folder: Path) -> Measured:
    """`python -m ledger verify` from its start to its verdict, over the import that it cannot do without.

    Both are compiled once before, into a folder of this run: whoever forbids Python to keep what it
    compiled would measure the compiler.
    """
    key = SigningKey.generate("bench.invalid/ledger")
    file = folder / "proof.json"
    file.write_bytes(log.bundle(entries[log.size // 3], log.size // 3, key).to_bytes())
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")

    def run(*arguments: str) -> float:
        begin = time.perf_counter()
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
        seconds = time.perf_counter() - begin
        if done.returncode != 0:
            raise RuntimeError(f"{arguments}: {done.stdout.decode()}{done.stderr.decode()}")
        return seconds

    def verify() -> float:
        return run("-m", "ledger", "verify", str(file), "--key", str(key.verifier))

    def import_alone() -> float:
        return run("-c", IMPORT)

    verify(), import_alone()
    verified, imported = in_turn(verify, import_alone, rounds=_STARTS)
    return Measured(
        figures={"cli_verdict_ms": min(verified) * 1e3, "import_cryptography_ms": min(imported) * 1e3},
        ratios={"cli_over_import": ratio(verified, imported)},
    )
