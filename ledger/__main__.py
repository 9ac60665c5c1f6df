"""`python -m ledger verify FILE`: check a proof with nothing but this folder and `cryptography`.

Exit 0 verified, 1 refused, 2 unusable input or nothing to trust was given. `python -m ledger witness` runs
a witness: `ledger.witness.command`; `python -m ledger signer` signs for a log: `ledger.signer_command`;
`python -m ledger sample` draws what to audit: `ledger.sample_command`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, cast

try:
    import cryptography  # noqa: F401 - all below needs it, and a traceback ends with exit 1: refused
except ImportError as missing:
    print(f"UNUSABLE: install the Python package `cryptography`: {missing}", file=sys.stderr)
    sys.exit(2)

from ledger.core.anchored import LookAtAnchor, LookAtTimestamp
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.disclosures import Disclosure
from ledger.core.error_page import error_page
from ledger.core.errors import Malformed
from ledger.core.heads import CONSISTENCY, Other, read_other, trust_keys
from ledger.core.note import note_text
from ledger.core.policy import Policy, parse_policy
from ledger.core.printed import Printed, read_printed, with_printed
from ledger.core.proofs import LARGEST_FILE, TLOG_PROOF, Item, read_bundle, read_tlog_proof
from ledger.core.report import Outcome, Report, State
from ledger.core.verify import (
    NEVER_CHECKED,
    verify_bundle,
    verify_checkpoint,
    verify_printed,
    verify_tlog_proof,
)
from ledger.core.witnessing import parse_add_checkpoint

OTHER_COMMANDS: Final = {
    "witness": "ledger.witness.command",
    "signer": "ledger.signer_command",
    "sample": "ledger.sample_command",
}
STANDARD_INPUT: Final = "-"
EXIT: Final = {Outcome.VERIFIED: 0, Outcome.REFUSED: 1, Outcome.UNUSABLE: 2}


class _Unusable(Exception):
    """A file that cannot be read, or is not what it should be."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words and words[0] in OTHER_COMMANDS:
        # Loaded by name: a verifier needs no web server, and starting one costs it half of its time.
        return int(import_module(OTHER_COMMANDS[words[0]]).main(words[1:]))
    options = _parser().parse_args(words)
    try:
        report = _verify(options)
    except _Unusable as exc:
        print(f"UNUSABLE: {_printable(str(exc))}")
        return EXIT[Outcome.UNUSABLE]
    _print(report)
    return EXIT[report.outcome]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ledger", description="Tools of the ledger.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("witness", help="run a witness of logs: serve, add-log", add_help=False)
    commands.add_parser("signer", help="sign for a log, as LEDGER_SIGNER", add_help=False)
    commands.add_parser("sample", help="draw entries to audit from a public seed", add_help=False)
    verify = commands.add_parser("verify", help="check a proof bundle or a tlog-proof", description=__doc__)
    verify.add_argument(
        "file",
        metavar="FILE",
        help="proof.json, a .tlog-proof, or a checkpoint that you kept; - reads it from standard input",
    )
    trust = verify.add_mutually_exclusive_group()
    trust.add_argument("--policy", metavar="P", help="whom you trust: a tlog-policy file")
    trust.add_argument(
        "--key",
        metavar="VKEY",
        action="append",
        help="the log's public key, if you ask for no witness; again for a second one: either will do",
    )
    chain = verify.add_mutually_exclusive_group()
    chain.add_argument("--rpc", metavar="URL", help="ask this node of the chain about the anchors")
    chain.add_argument("--anchor-receipt", metavar="F", help="compare an anchor with this receipt")
    verify.add_argument(
        "--tsa-ca",
        metavar="F",
        help="check time stamps; F holds the root certificates (PEM) of the authorities that you trust",
    )
    verify.add_argument(
        "--against",
        metavar="C",
        help="compare with this checkpoint, proof or consistency file of the same log",
    )
    verify.add_argument(
        "--printed",
        nargs=2,
        metavar=("SIZE", "ROOT"),
        help="compare with a checkpoint on paper, all 44 letters of its root; where FILE has one of another "
        "size, take the log's consistency file for it as FILE",
    )
    verify.add_argument("--entry", metavar="E", help="the logged data, for a stranger's tlog-proof")
    verify.add_argument(
        "--lot",
        metavar="GTIN/LOT",
        help="refuse the proof unless what it shows of sealed contents names this lot, which may be given as "
        "the Digital Link of a label too",
    )
    return parser


def _verify(options: argparse.Namespace) -> Report:
    data, trust, look, other = _fetched(options.file), _trust(options), _look(options), _against(options)
    stamps = _look_at_timestamp(options)
    is_bundle, is_proof = data.lstrip().startswith(b"{"), data.startswith(TLOG_PROOF.encode())
    # What was asked for is checked, or there is no verdict: no option is passed over in silence.
    if (look or stamps) and not is_bundle:
        raise _Unusable(f"{options.file}: names no anchor to look at; only a proof.json does")
    if options.entry and not is_proof:
        raise _Unusable("--entry goes with a tlog-proof; a proof.json holds its entries itself")
    if options.lot is not None and not (is_bundle or is_proof):
        raise _Unusable(f"{options.file}: names no lot; only a proof of entries does")
    paper = _paper(options)
    if data.startswith(CONSISTENCY):
        return _printed(options, data, paper, trust)
    try:
        if is_bundle:
            bundle = read_bundle(data)
            report = verify_bundle(bundle, trust=trust, look=look, look_at_timestamp=stamps, against=other)
            report = _told(options, report, bundle.items)
            return with_printed(report, bundle.checkpoint.encode(), paper) if paper else report
        if is_proof:
            entry, proof = _read(options.entry) if options.entry else None, read_tlog_proof(data)
            report = verify_tlog_proof(proof, trust=trust, entry=entry, against=other)
            item = None if options.entry else proof.item()
            report = _told(options, report, () if item is None else (item,))
            return with_printed(report, proof.checkpoint, paper) if paper else report
    except Malformed as exc:
        raise _Unusable(f"{options.file}: {exc}") from exc
    if paper:
        raise _Unusable("--printed goes with a proof of an entry or a consistency file")
    return verify_checkpoint(_checkpoint(options.file, data), trust=trust, against=other)


def _told(options: argparse.Namespace, report: Report, items: Sequence[Item]) -> Report:
    """The report with what the sealed contents say."""
    if options.lot is None and not any(isinstance(item.disclosure, Disclosure) for item in items):
        return report
    # Loaded by name: where nothing is disclosed there is nothing to read.
    facts = import_module("ledger.facts")
    try:
        lot = None if options.lot is None else facts.read_lot(options.lot)
    except Malformed as exc:
        raise _Unusable(f"--lot: {exc}") from exc
    return cast(Report, facts.with_facts(report, items, lot=lot))


def _printed(options: argparse.Namespace, data: bytes, paper: Printed | None, trust: Policy | None) -> Report:
    if paper is None or options.against:
        raise _Unusable("a consistency file and --printed SIZE ROOT go together, without --against")
    try:
        return verify_printed(parse_add_checkpoint(data), size=paper.size, root=paper.root, trust=trust)
    except Malformed as exc:
        raise _Unusable(f"{options.file}: {exc}") from exc


def _paper(options: argparse.Namespace) -> Printed | None:
    try:
        return read_printed(*options.printed) if options.printed else None
    except Malformed as exc:
        raise _Unusable(f"--printed: {exc}") from exc


def _checkpoint(path: str, data: bytes) -> bytes:
    try:
        parse_checkpoint(note_text(data))
    except Malformed as exc:
        told = f"{path}: neither a proof.json, nor a tlog-proof, nor a checkpoint"
        raise _Unusable(told) from exc
    return data


def _trust(options: argparse.Namespace) -> Policy | None:
    try:
        if options.key is not None:
            return trust_keys(*options.key)
        return parse_policy(_fetched(options.policy)) if options.policy else None
    except Malformed as exc:
        raise _Unusable(f"{options.policy or '--key'}: {exc}") from exc


def _against(options: argparse.Namespace) -> Other | None:
    if options.against is None:
        return None
    try:
        return read_other(_fetched(options.against))
    except Malformed as exc:
        raise _Unusable(f"{options.against}: {exc}") from exc


def _look(options: argparse.Namespace) -> LookAtAnchor | None:
    if options.rpc is None and options.anchor_receipt is None:
        return None
    # Loaded by name: HTTP and TLS are a third of the start, and most proofs are checked without a chain.
    receipt = import_module("ledger.anchors.receipt")
    if options.rpc is not None:
        return cast(LookAtAnchor, receipt.RPC(options.rpc).look)
    try:
        return cast(LookAtAnchor, receipt.ReceiptFile.read(_read(options.anchor_receipt)).look)
    except Malformed as exc:
        raise _Unusable(f"{options.anchor_receipt}: {exc}") from exc


def _look_at_timestamp(options: argparse.Namespace) -> LookAtTimestamp | None:
    if options.tsa_ca is None:
        return None
    try:
        # Loaded by name: reading certificates costs a verifier who has none half of his start.
        module = import_module("ledger.core.timestamp")
        look: LookAtTimestamp = module.Authorities.read(_read(options.tsa_ca)).look
    except Malformed as exc:
        raise _Unusable(f"{options.tsa_ca}: {exc}") from exc
    return look


def _fetched(path: str) -> bytes:
    """A file that came from a server, which may have answered with an error page."""
    data = _read(path)
    if told := error_page(data):
        raise _Unusable(f"{path}: {told}")
    return data


def _read(path: str) -> bytes:
    try:
        if path == STANDARD_INPUT:
            return sys.stdin.buffer.read(LARGEST_FILE + 1)
        with open(path, "rb") as file:  # not pathlib: a twentieth of the start
            return file.read(LARGEST_FILE + 1)
    except OSError as exc:
        raise _Unusable(f"{path}: {exc.strerror}") from exc


def _print(report: Report) -> None:
    for step in report.steps:
        # A step that is LACKING says in its own text what was not checked.
        mark = "" if step.state is State.LACKING else f"{step.state}: "
        print(_printable(f"{step.name}: {mark}{step.text}"))
    for claim in NEVER_CHECKED:
        print(f"not checked here: {claim}")
    print(report.outcome.upper())


def _printable(text: str) -> str:
    """Text of unknown origin without what could steer a terminal."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text
    )


def _run() -> int:
    """Exit 1 accuses somebody: a crash of ours, or a reader who has gone, is exit 2."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer has to go somewhere, or the end of the process fails again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except Exception as crash:  # noqa: BLE001 - the outermost place; it is told in full
        sys.excepthook(type(crash), crash, crash.__traceback__)
        print("UNUSABLE: the verifier failed, which says nothing about the file", file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    sys.exit(_run())
