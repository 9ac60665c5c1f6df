"""What is left after the kills, looked at as a stranger would and by the ledger's own fsck."""

import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import func, select

from app.kernel.config import Config
from app.kernel.storage import Storage
from app.kernel.uow import unit_of_work
from ledger import audit, published_audit, queries
from ledger.anchors.connection import connect
from ledger.anchors.receipt import EVENT_TOPIC
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.errors import LedgerError
from ledger.core.note import note_text
from ledger.core.witnessing import log_id
from ledger.models import AnchorContract, LogEntry, SignedCheckpoint, Submission
from tests.scene.ledger import published_log
from tests.support.anvil import Chain


class Heads:
    """Every signed head that anybody could have seen, wherever it lay: one root a size."""

    def __init__(self, data_dir: Path, witness_url: str, origin: str) -> None:
        self._files = (data_dir / "ledger/last_checkpoint", data_dir / "files/ledger/checkpoint")
        self._shown = f"{witness_url}/{log_id(origin)}/checkpoint"
        self._roots: dict[int, bytes] = {}
        self.forks = 0

    def look(self) -> None:
        """Note what lies in DATA_DIR, in the public copy, at the witness and in the database now."""
        for note in (*(path.read_bytes() for path in self._files if path.exists()), self._witnessed()):
            try:
                told = parse_checkpoint(note_text(note))
            except LedgerError:
                continue
            self._note(told.size, told.root)
        with unit_of_work(read_only=True) as uow:
            rows = uow.session.execute(select(SignedCheckpoint.size, SignedCheckpoint.root)).all()
        for size, root in rows:
            self._note(size, root)

    def _note(self, size: int, root: bytes) -> None:
        self.forks += self._roots.setdefault(size, root) != root

    def _witnessed(self) -> bytes:
        try:
            with urllib.request.urlopen(self._shown, timeout=5) as answer:
                body: bytes = answer.read()
                return body
        except (urllib.error.URLError, OSError):
            return b""


def caught_up(config: Config) -> bool:
    """Whether nothing waits for an index, a signature, the public copy, a witness or the chain."""
    with unit_of_work(read_only=True) as uow:
        status = queries.status(uow)
        newest = queries.latest_checkpoint(uow)
        contract = uow.session.scalar(select(AnchorContract.address))
        published = queries.published_note(uow, newest) if newest else ""
    if (
        status.log is None
        or newest is None
        or status.waiting
        or newest.size != status.log.size
        or not contract
    ):
        return False
    lies = (config.data_dir / "files/ledger/checkpoint").read_bytes().decode()
    head = connect(config).head(contract, bytes.fromhex(log_id(status.log.origin)))
    return lies == published and published.count("\n— ") == 2 and head.size == newest.size


def figures(config: Config, storage: Storage, node: Chain, accepted: Mapping[str, bytes]) -> dict[str, int]:
    """Count what was lost, left out, doubled or forked; every number but `entries` should be 0."""
    with unit_of_work(read_only=True) as uow:
        rows = uow.session.execute(select(LogEntry.key, LogEntry.entry))
        placed = {row.key: row.entry for row in rows}
        count = uow.session.scalar(select(func.count()).select_from(LogEntry)) or 0
        last = uow.session.scalar(select(func.max(LogEntry.leaf_index)))
        waiting = uow.session.scalar(select(func.count()).select_from(Submission))
        found = audit.recompute(uow, config)
    published_audit.compare(found, storage)
    size, entries = published_log(config, storage)
    lost = sum(placed.get(key) != entry for key, entry in accepted.items())
    return {
        "entries": count,
        "lost": lost + (waiting or 0) + (size - len(set(entries))),
        "gaps": (0 if last is None else last + 1) - count,
        "fsck_findings": len(found.findings),
        "doubled_anchors": _doubled_anchors(config, node),
    }


def _doubled_anchors(config: Config, node: Chain) -> int:
    """Heads that the chain holds twice, and transactions of the account that wrote nothing."""
    logs = node.rpc("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "topics": [EVENT_TOPIC]})
    sizes = Counter(log["topics"][2] for log in logs)
    twice = sum(count - 1 for count in sizes.values())
    deployments = 1
    return twice + connect(config).next_nonce() - len(logs) - deployments
