"""`python -m ledger sample`: which entries had to be drawn; and whether a file holds all of them.

Exit 0 drawn (and whole), 1 the file lacks a drawn entry or is of another log, 2 unusable input. The standard
library alone: `python -m ledger.sample_command` does the same where `cryptography` is missing. It draws and
compares, it verifies nothing: `python -m ledger verify` does.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.encoding import decode_base64
from ledger.core.errors import Malformed, MalformedCheckpoint, MalformedProof
from ledger.core.proofs import LARGEST_FILE, Bundle, read_bundle
from ledger.core.sample import draw


def main(arguments: Sequence[str]) -> int:
    """Run the command line behind `sample`; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        bundle = _bundle(options.bundle) if options.bundle else None
        size, root = _head(options, bundle)
        drawn = draw(options.seed, size=size, root=root, count=options.count)
        faults = _differences(bundle, size, root, drawn) if bundle else []
    except Malformed as fault:
        print(f"UNUSABLE: {fault}", file=sys.stderr)
        return 2
    for index in drawn:
        print(index)
    for difference in faults:
        print(f"REFUSED: {difference}", file=sys.stderr)
    return 1 if faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ledger sample", description=__doc__)
    parser.add_argument(
        "--seed", required=True, metavar="S", help="public, and unknown before the checkpoint"
    )
    parser.add_argument("--count", required=True, type=int, metavar="K", help="how many entries")
    parser.add_argument("--checkpoint", type=Path, metavar="C", help="the checkpoint to draw from")
    parser.add_argument("--size", type=int, metavar="N", help="its number of entries, with --root")
    parser.add_argument("--root", metavar="R", help="its root in base64, with --size")
    parser.add_argument("--bundle", type=Path, metavar="F", help="sample.json: does it hold what is drawn?")
    return parser


def _head(options: argparse.Namespace, bundle: Bundle | None) -> tuple[int, bytes]:
    """Size and root: typed in, of a checkpoint file, or else of the bundle's own checkpoint."""
    typed = [given for given in (options.size, options.root) if given is not None]
    if len(typed) == 1 or (typed and options.checkpoint is not None):
        raise MalformedCheckpoint("--size and --root go together, and without --checkpoint")
    if typed:
        return options.size, _root(options.root)
    if options.checkpoint is not None:
        head = _kept(options.checkpoint)
    elif bundle is not None:
        head = _checkpoint(bundle.checkpoint)
    else:
        raise MalformedCheckpoint("give --checkpoint, --size with --root, or --bundle")
    return head.size, head.root


def _root(text: str) -> bytes:
    try:
        return decode_base64(text)
    except Malformed as exc:
        raise MalformedCheckpoint(f"--root: {exc}") from exc


def _kept(path: Path) -> Checkpoint:
    try:
        return _checkpoint(_read(path).decode("utf-8", "replace"))
    except Malformed as exc:
        raise MalformedCheckpoint(f"{path}: {exc}") from exc


def _bundle(path: Path) -> Bundle:
    try:
        return read_bundle(_read(path))
    except Malformed as exc:
        raise MalformedProof(f"{path}: {exc}") from exc


def _differences(bundle: Bundle, size: int, root: bytes, drawn: Sequence[int]) -> list[str]:
    """How a file of a sample differs from what had to be drawn, in words."""
    head = _checkpoint(bundle.checkpoint)
    if (head.size, head.root) != (size, root):
        return [f"the file is under a checkpoint of {head.size} entries, not under the one drawn from"]
    held = {item.index for item in bundle.items}
    lacking, more = sorted(set(drawn) - held), sorted(held - set(drawn))
    found = [f"entry {index} was drawn and is not in the file" for index in lacking]
    return found + [f"entry {index} is in the file and was not drawn" for index in more]


def _checkpoint(note: str) -> Checkpoint:
    """The head in a signed note, whose signatures are not looked at here."""
    text, _, _ = note.rpartition("\n\n")
    return parse_checkpoint(f"{text}\n")


def _read(path: Path) -> bytes:
    """The bytes of a file; raises Malformed when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as exc:
        raise Malformed(str(exc.strerror)) from exc


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
