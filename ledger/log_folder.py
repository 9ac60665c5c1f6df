"""What the log keeps outside the database, in DATA_DIR: its key, and the last checkpoint that it signed.

The copy of the last checkpoint is what tells a restored backup from the present. Files are written
whole (temporary file, fsync, link or rename), so a power cut leaves the old one or the new one.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.errors import LedgerError, MalformedKey
from ledger.core.note import SigningKey, VerifierKey, open_note
from ledger.refusals import CopyUnreadable, KeyMissing


class LogFolder:
    """`DATA_DIR/ledger/` with `log.key` and `last_checkpoint`, and `DATA_DIR/policy.txt`.

    Later keys lie beside the first one as `log-<key id>.key`.
    """

    def __init__(self, data_dir: Path) -> None:
        self.key_path = data_dir / "ledger" / "log.key"
        self.copy_path = data_dir / "ledger" / "last_checkpoint"
        self.lock_path = data_dir / "ledger" / "publishing.lock"
        self.policy_path = data_dir / "policy.txt"

    def make_key(self, origin: str) -> SigningKey:
        """The key of the log; made now if there is none. Of several processes one makes it."""
        _write(self.key_path, SigningKey.generate(origin).to_text().encode() + b"\n", put=_link)
        return self.key(origin)

    def key(self, origin: str) -> SigningKey:
        """The first key, which is there. Raises KeyMissing."""
        return _key_in(self.key_path, origin)

    def keep_key(self, key: SigningKey) -> Path:
        """Write a later key beside the first one, for its owner alone; where it lies."""
        path = self.path_of(key.verifier)
        _write(path, key.to_text().encode() + b"\n", put=_link)
        return path

    def path_of(self, key: VerifierKey) -> Path:
        """Where a later key lies, or would."""
        return self.key_path.with_name(f"log-{key.id.hex()}.key")

    def find_key(self, key: VerifierKey) -> SigningKey | None:
        """The signing key of a public one, wherever it lies here. Raises KeyMissing (unreadable)."""
        for path in (self.path_of(key), self.key_path):
            if path.exists() and (found := _key_in(path, key.name)).verifier == key:
                return found
        return None

    def last_checkpoint(self, *keys: VerifierKey) -> Checkpoint | None:
        """What was signed last, as this folder remembers it; any of the log's keys will do.

        Raises CopyUnreadable.
        """
        try:
            return parse_checkpoint(open_note(self.copy_path.read_bytes(), keys).text)
        except FileNotFoundError:
            return None
        except (OSError, LedgerError) as fault:
            raise CopyUnreadable(path=str(self.copy_path), reason=str(fault)) from fault

    def keep_checkpoint(self, note: bytes) -> None:
        """Remember what is signed now; on disk before this returns."""
        _write(self.copy_path, note, put=_replace)

    def write_policy(self, policy: str) -> None:
        """Write the policy that verifiers of this log may start from, unless it is there already."""
        wanted = policy.encode()
        if not self.policy_path.exists() or self.policy_path.read_bytes() != wanted:
            _write(self.policy_path, wanted, put=_replace)


def _key_in(path: Path, origin: str) -> SigningKey:
    try:
        return SigningKey.from_text(path.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError, MalformedKey) as fault:
        raise KeyMissing(path=str(path), origin=origin) from fault


def _write(path: Path, content: bytes, *, put: Callable[[Path, Path], None]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        put(part, path)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name itself must survive a power cut
    finally:
        os.close(folder)


def _link(part: Path, path: Path) -> None:
    try:
        os.link(part, path)  # fails when the name is taken, which a rename would not
    except FileExistsError:
        return


def _replace(part: Path, path: Path) -> None:
    part.replace(path)
