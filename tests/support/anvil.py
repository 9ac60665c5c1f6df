"""A development chain for tests (anvil), on a free port, with what a chain can do to us."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.ports import free_port
from tests.support.processes import DidNotStart, running

ROOT = Path(__file__).resolve().parents[2]
ANVIL = ROOT / "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"


@dataclass(frozen=True)
class Chain:
    """A running node; `url` is its JSON-RPC address."""

    url: str

    def rpc(self, method: str, *params: Any) -> Any:
        """Ask the node. Raises RuntimeError with the node's own words."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            told = json.load(answer)
        if "error" in told:
            raise RuntimeError(f"{method}: {told['error']['message']}")
        return told["result"]

    def height(self) -> int:
        """Number of the newest block."""
        return int(self.rpc("eth_blockNumber"), 16)

    def mine(self, blocks: int = 1) -> None:
        """Add empty blocks (confirmations)."""
        self.rpc("anvil_mine", hex(blocks))

    def reorg(self, depth: int) -> None:
        """Replace the newest blocks by others that hold none of their transactions."""
        self.rpc("anvil_reorg", depth, [])

    def hold_transactions(self, *, held: bool) -> None:
        """Keep sent transactions waiting until `mine`, or mine each at once again."""
        self.rpc("evm_setAutomine", not held)

    def forget_waiting_transactions(self) -> None:
        """Drop what was sent and is not yet in a block."""
        self.rpc("anvil_dropAllTransactions")


@contextmanager
def anvil(folder: Path, *, port: int | None = None, keep_state: bool = False) -> Iterator[Chain]:
    """Run a chain until the block ends; with `keep_state` the next one in this folder goes on with it.

    Raises DidNotStart, also where node_modules has no anvil for this kind of machine.
    """
    if not ANVIL.exists():
        raise DidNotStart("anvil is missing in node_modules: run `make environment`")
    port = port or free_port()
    command: list[str | Path] = [ANVIL, "--silent", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--chain-id", "31337", "--accounts", "3"]
    if keep_state:
        command += ["--state", folder / "state.json", "--state-interval", "1"]
    url = f"http://127.0.0.1:{port}"
    with running(command, answers=url, log=folder / "anvil.log"):
        yield Chain(url)
