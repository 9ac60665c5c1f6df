"""Compile contracts/anchor.vy into contracts/anchor.json, or check that the committed file still matches.

    python -m scripts.build_contract [--check]

Exit 0 done or equal, 1 the committed file differs. Needs the development dependency vyper; whoever only
verifies or anchors reads the JSON.
"""

import argparse
import json
import sys
from pathlib import Path

import vyper
from vyper.utils import keccak256

CONTRACTS = Path(__file__).resolve().parent.parent / "contracts"
SOURCE, BUILT = CONTRACTS / "anchor.vy", CONTRACTS / "anchor.json"
EVENT = "Anchored(bytes32,uint256,bytes32,uint256)"
EVM_VERSION = "paris"  # as the pragma says: runs on every chain since the merge


def build() -> str:
    """The text of anchor.json."""
    wanted = ["abi", "bytecode", "bytecode_runtime", "method_identifiers"]
    made = vyper.compile_code(SOURCE.read_text("utf-8"), output_formats=wanted)
    contract = {
        "compiler": f"vyper {vyper.__version__}",
        "evm_version": EVM_VERSION,
        "event": EVENT,
        "event_topic": "0x" + keccak256(EVENT.encode()).hex(),
        "selectors": made["method_identifiers"],
        "abi": made["abi"],
        "bytecode": made["bytecode"],
        "bytecode_runtime": made["bytecode_runtime"],
    }
    return json.dumps(contract, indent=1) + "\n"


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description="Compile the anchor contract.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the file differs")
    built = build()
    if not parser.parse_args().check:
        BUILT.write_text(built, "utf-8")
        print(f"wrote {BUILT.name}")
        return 0
    same = BUILT.is_file() and BUILT.read_text("utf-8") == built
    print(f"{BUILT.name} {'is' if same else 'is NOT'} what {SOURCE.name} compiles to")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
