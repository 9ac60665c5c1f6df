"""Keys of the log in the scene: what two operators do, as they do it on their terminals."""

import re
from typing import Final

from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.uow import unit_of_work
from ledger import proving, queries
from ledger.core.note import VerifierKey, lines_of, open_note
from ledger.keys import LogKeys, fingerprint

LAN: Final = "Nguyễn Thị Lan"
MINH: Final = "Trần Văn Minh"


def keys_of_the_log() -> LogKeys:
    """The keys as the database has them."""
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
    assert log is not None
    return log.keys


def signers(client: FlaskClient) -> list[VerifierKey]:
    """Whose lines the newest checkpoint carries, in their order."""
    note = client.get("/ledger/checkpoint").data
    return list(open_note(note, lines_of(note, keys_of_the_log().known)).verified)


def a_bundle(*keys: str) -> bytes:
    """The proof of these entries, or of the first one, as a file."""
    with unit_of_work(read_only=True) as uow:
        parts = proving.bundle_parts(uow, keys or ["e0"])
    assert parts is not None
    return parts.bundle({}).to_bytes()


class Operators:
    """Two people and `flask ledger keys`."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def run(self, *words: str, typed: str | None = None) -> Result:
        """One command; a failure is the result's."""
        return self._app.test_cli_runner().invoke(args=["ledger", "keys", *words], input=typed)

    def done(self, *words: str, typed: str | None = None) -> str:
        """One command that must end well; what it printed."""
        result = self.run(*words, typed=typed)
        assert result.exit_code == 0, result.output
        return result.output

    def propose(self, *words: str, by: str = LAN) -> str:
        """A new key; its fingerprint as it was printed."""
        told = re.search(r"^fingerprint  (.+)$", self.done("propose", "--by", by, *words), re.MULTILINE)
        assert told
        return told[1]

    def rotate(self) -> VerifierKey:
        """Lan proposes, Minh confirms; the new key."""
        shown = self.propose()
        self.done("confirm", "--by", MINH, typed=f"{shown}\n")
        active = keys_of_the_log().live[0]
        assert fingerprint(active) == shown
        return active

    def retire(self, key: VerifierKey) -> None:
        """Minh proposes the end of an old key, Lan confirms."""
        self.done("retire", key.id.hex(), "--by", MINH, "--note", "một năm đã qua")
        self.done("confirm", "--by", LAN, "--fingerprint", fingerprint(key))

    def revoke(self, key: VerifierKey, *words: str) -> str:
        """Lan alone."""
        return self.done(
            "revoke",
            key.id.hex(),
            "--by",
            LAN,
            "--cause",
            "compromised",
            "--note",
            "máy bị mất",
            "--yes",
            *words,
        )
