"""Who signs for the log: keys from the environment, from files, or a program that keeps them to itself.

Each live key needs one of them; a log on its way from a file to a hardware module has both for a while. A
program is LEDGER_SIGNER: `PROGRAM vkeys` prints the public keys that it has, one a line, and
`PROGRAM sign VKEY` reads a text and prints the signature line over it. What it prints is verified before it
is used, and its private key never enters this process.
"""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.kernel.config import Config
from ledger.core.errors import LedgerError, MalformedKey
from ledger.core.note import Signer, SigningKey, VerifierKey, open_note, parse_vkey
from ledger.keys import LogKeys
from ledger.log_folder import LogFolder
from ledger.refusals import KeyMissing, NoLiveKey, SignerAway, SignerUnusable, WrongKey

FROM_ENVIRONMENT: Final = "LEDGER_KEY"
_LONGEST_ANSWER: Final = 100_000  # signs
_HANDED_ON: Final = ("PATH", "HOME", "LANG")  # none of our secrets


@dataclass(frozen=True)
class LogSigners:
    """Everybody who signs now, the active key first; signs with all of them as one."""

    each: tuple[Signer, ...]
    known: tuple[VerifierKey, ...]  # every key that the log ever had

    @property
    def verifier(self) -> VerifierKey:
        """The active key."""
        return self.each[0].verifier

    @property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """The public halves, in the order of the lines."""
        return tuple(signer.verifier for signer in self.each)

    def sign(self, text: str) -> str:
        """A line of each. Raises SignerAway: then there is none at all."""
        return "".join(signer.sign(text) for signer in self.each)


@dataclass(frozen=True)
class Program:
    """LEDGER_SIGNER, and how long it may take, in seconds."""

    words: tuple[str, ...]
    timeout_s: int

    @classmethod
    def of(cls, config: Config) -> "Program | None":
        """The configured program, or None."""
        words = tuple(shlex.split(config.ledger_signer))
        return cls(words, config.ledger_signer_timeout_s) if words else None

    @property
    def name(self) -> str:
        """What a sentence calls it; arguments may say more than a log file should."""
        return self.words[0]

    def vkeys(self) -> tuple[VerifierKey, ...]:
        """The public keys that it has. Raises SignerAway, SignerUnusable."""
        said = self.ask("vkeys", text="", about="(any)")
        try:
            return tuple(parse_vkey(line) for line in said.split())
        except MalformedKey as fault:
            raise SignerUnusable(
                command=self.name, reason=f"it has no public keys to show: {fault}"
            ) from fault

    def ask(self, *arguments: str, text: str, about: str) -> str:
        """What it prints. Raises SignerAway, SignerUnusable."""
        environment = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
        try:
            with subprocess.Popen(  # noqa: S603 - the operator's own command line, and no shell
                [*self.words, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            ) as child:
                try:
                    out, err = child.communicate(text.encode(), self.timeout_s)
                except subprocess.TimeoutExpired as late:
                    os.killpg(child.pid, signal.SIGKILL)  # and whatever it started
                    told = f"no answer within {self.timeout_s} s"
                    raise SignerAway(command=self.name, key=about, reason=told) from late
        except OSError as fault:
            raise SignerUnusable(command=self.name, reason=fault.strerror or str(fault)) from fault
        if child.returncode != 0 or len(out) > _LONGEST_ANSWER:
            last = (err.decode("utf-8", "replace").strip().splitlines() or [""])[-1][:200]
            raise SignerAway(command=self.name, key=about, reason=f"code {child.returncode} {last}".strip())
        return out.decode("utf-8", "replace")


@dataclass(frozen=True)
class ExternalSigner:
    """One key of the program."""

    program: Program
    verifier: VerifierKey

    def sign(self, text: str) -> str:
        """Its line over a text, verified. Raises SignerAway, SignerUnusable."""
        about = self.verifier.id.hex()
        said = self.program.ask("sign", str(self.verifier), text=text, about=about)
        try:
            opened = open_note(f"{text}\n{said}".encode(), [self.verifier])
        except LedgerError as fault:
            raise SignerAway(command=self.program.name, key=about, reason=str(fault)) from fault
        if opened.text != text or said.count("\n") != 1:
            raise SignerAway(command=self.program.name, key=about, reason="more than one signature line")
        return said


def fitting(config: Config, keys: LogKeys, origin: str) -> LogSigners:
    """Everybody who must sign for this log now.

    Raises NoLiveKey, KeyMissing, WrongKey (what is configured holds no key that this log ever heard of).
    """
    if not keys.live:
        raise NoLiveKey(origin=origin)
    refuse_strangers(config, {*keys.known, *(each.verifier for each in keys.proposals)}, origin)
    each = [find(config, key) for key in keys.live]
    for key, signer in zip(keys.live, each, strict=True):
        if signer is None:
            raise KeyMissing(path=str(_place(config, key)), origin=origin)
    return LogSigners(tuple(signer for signer in each if signer is not None), keys.known)


def refuse_strangers(config: Config, ours: Iterable[VerifierKey], origin: str) -> None:
    """Raise WrongKey when LEDGER_KEY or the first key file is there and of another log."""
    mine = set(ours)
    given = from_environment(config)
    if given and not any(key.verifier in mine for key in given):
        raise WrongKey(path=FROM_ENVIRONMENT, origin=origin)
    folder = LogFolder(config.data_dir)
    if folder.key_path.exists() and folder.key(origin).verifier not in mine:
        raise WrongKey(path=str(folder.key_path), origin=origin)


def find(config: Config, key: VerifierKey) -> Signer | None:
    """Whoever can sign with a key: the environment, a file, else the program if there is one.

    The program is not asked whether it has it: what it signs is verified. Raises KeyMissing (unreadable).
    """
    for given in from_environment(config):
        if given.verifier == key:
            return given
    if (kept := LogFolder(config.data_dir).find_key(key)) is not None:
        return kept
    program = Program.of(config)
    return None if program is None else ExternalSigner(program, key)


def from_environment(config: Config) -> list[SigningKey]:
    """The keys in LEDGER_KEY. Raises KeyMissing: one of them cannot be read."""
    try:
        return [SigningKey.from_text(text) for text in config.ledger_key.split()]
    except MalformedKey as fault:
        raise KeyMissing(path=FROM_ENVIRONMENT, origin=config.origin) from fault


def _place(config: Config, key: VerifierKey) -> object:
    """Where an operator would look for a key that is nowhere."""
    folder = LogFolder(config.data_dir)
    first = folder.key_path.exists()
    return folder.path_of(key) if first else folder.key_path
