"""`python -m ledger witness serve|add-log|drop-key|forks`: run a witness. Exit 0 done, 2 unusable input."""

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ledger.core.encoding import encode_base64
from ledger.witness.server import WitnessServer, refuse_unless_free
from ledger.witness.store import KEY_FILE, Fork, Unsuitable, Witness, log_key


def main(arguments: Sequence[str]) -> int:
    """Run the command line behind `witness`; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _COMMANDS[options.command](options)
    except Unsuitable as fault:
        told = str(fault)
    except OSError as fault:
        told = f"{fault.filename or options.data}: {fault.strerror}"
    print(f"UNUSABLE: {told}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ledger witness", description="Run a witness of logs.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="answer logs that ask for a cosignature")
    serve.add_argument("--listen", required=True, type=_address, metavar="HOST:PORT")
    add = commands.add_parser("add-log", help="follow a log")
    add.add_argument("vkey", metavar="VKEY", help="the log's public key (its /ledger/key)")
    drop = commands.add_parser("drop-key", help="trust a key of a log no more: revoked, or retired")
    drop.add_argument("vkey", metavar="VKEY", help="as it was given to add-log")
    forks = commands.add_parser("forks", help="list the evidence that a log signed two histories")
    forks.add_argument("--json", action="store_true", help="whole, with the signed notes, to hand on")
    for command in (serve, add, drop, forks):
        command.add_argument("--data", required=True, type=Path, metavar="DIR", help="key and memory")
        command.add_argument(
            "--name", metavar="NAME", help="name of the key, chosen the first time; else HOST/witness"
        )
    return parser


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError("write HOST:PORT, e.g. 127.0.0.1:8093")
    return host.strip("[]"), int(port)


def _serve(options: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    refuse_unless_free(options.listen)  # first, for the same reason as in `_add_log`
    witness = Witness(options.data, options.name)
    with WitnessServer(options.listen, witness) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            # shutdown() waits for serve_forever(), which runs in this very thread
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"witness {witness.key.verifier}", flush=True)
        print(f"listens {server.url}", flush=True)
        if not witness.follows():
            print("follows no log yet: add-log VKEY, a restart is not needed", file=sys.stderr, flush=True)
        server.serve_forever(poll_interval=0.2)
    return 0


def _add_log(options: argparse.Namespace) -> int:
    log_key(options.vkey)  # first: a slip in it must not make a witness's key, whose name then stays
    print(f"follows {Witness(options.data, options.name).add_log(options.vkey).name}")
    return 0


def _drop_key(options: argparse.Namespace) -> int:
    name = _standing(options).drop_log_key(options.vkey)
    print(f"this key of {name} is trusted no more")
    return 0


def _forks(options: argparse.Namespace) -> int:
    forks = _standing(options).forks()
    if options.json:
        print(json.dumps([_told(fork) for fork in forks], indent=2, ensure_ascii=False))
        return 0
    for fork in forks:
        print(f"{fork.seen_at.isoformat()} {fork}")
    if not forks:
        print("no fork was seen")
    return 0


def _told(fork: Fork) -> dict[str, object]:
    was, shown = fork.heads
    return {
        "origin": shown.origin,
        "size": shown.size,
        "seen_at": fork.seen_at.isoformat(),
        "cosigned": {"root": encode_base64(was.root), "note": fork.cosigned.decode()},
        "shown": {"root": encode_base64(shown.root), "note": fork.shown.decode()},
    }


def _standing(options: argparse.Namespace) -> Witness:
    """The witness of the folder; none is made."""
    if not (options.data / KEY_FILE).exists():
        raise Unsuitable(f"there is no witness in {options.data}")
    return Witness(options.data, options.name)


_COMMANDS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "serve": _serve,
    "add-log": _add_log,
    "drop-key": _drop_key,
    "forks": _forks,
}
