"""`python -m ledger signer --key FILE vkeys|sign VKEY`: a program for LEDGER_SIGNER, as small as one can be.

Run it as another user of the system (`sudo -u coi-signer …`), and whoever takes over the web server has no
key. It signs checkpoints of its own log and the statement of a key ceremony, and nothing else.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ledger.core.checkpoint import parse_checkpoint
from ledger.core.errors import LedgerError, MalformedKey
from ledger.core.note import SigningKey

CEREMONY: Final = "coi ledger key ceremony\nthis key is held by whoever runs the log\n"
_LARGEST: Final = 10_000  # signs of a text


def main(arguments: Sequence[str]) -> int:
    """Run the command line behind `signer`; 0 done, 1 refused, 2 unusable."""
    options = _parser().parse_args(arguments)
    try:
        keys = [SigningKey.from_text(text) for text in options.key.read_text("utf-8").split()]
    except (OSError, UnicodeDecodeError, MalformedKey) as fault:
        told = fault.strerror if isinstance(fault, OSError) else fault
        print(f"UNUSABLE: {options.key}: {told}", file=sys.stderr)
        return 2
    if options.command == "vkeys":
        sys.stdout.writelines(f"{key.verifier}\n" for key in keys)
        return 0
    key = next((key for key in keys if str(key.verifier) == options.vkey), None)
    text = sys.stdin.buffer.read(_LARGEST).decode("utf-8", "replace")
    if key is None or not _may_sign(key, text):
        told = "the text is no checkpoint of its log" if key else f"{options.key} has no key {options.vkey}"
        print(f"refused: {told}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(key.sign(text).encode())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ledger signer", description="Sign for a log.")
    parser.add_argument("--key", required=True, type=Path, metavar="FILE", help="signing keys, one a line")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("vkeys", help="print the public keys")
    sign = commands.add_parser("sign", help="read a text, print the signature line over it")
    sign.add_argument("vkey", metavar="VKEY")
    return parser


def _may_sign(key: SigningKey, text: str) -> bool:
    try:
        return text == CEREMONY or parse_checkpoint(text).origin == key.name
    except LedgerError:
        return False
