"""Play the vectors of a witness against our own, a real server over loopback HTTP."""

import http.client
import tempfile
import threading
from pathlib import Path
from typing import Any

from ledger.witness.server import WitnessServer
from ledger.witness.store import Witness

Case = dict[str, Any]


def played(document: Case) -> list[Case]:
    """Every step of every conversation, in order, with what the witness answered to it."""
    return [step for session in document["cases"] for step in _play(session)]


def _play(session: Case) -> list[Case]:
    """A fresh witness for each conversation."""
    with tempfile.TemporaryDirectory() as folder:
        witness = Witness(Path(folder), "witness.example/w1")
        witness.add_log(session["log"]["vkey"])
        with WitnessServer(("127.0.0.1", 0), witness) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                return [
                    {**step, "id": f"{session['id']}:{number}", "got": _post(server.server_port, step)}
                    for number, step in enumerate(session["steps"])
                ]
            finally:
                server.shutdown()
                thread.join()


def _post(port: int, step: Case) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/add-checkpoint", step["request_body"].encode())
    answer = connection.getresponse()
    told = (answer.status, answer.headers["Content-Type"], answer.read().decode())
    connection.close()
    return told


def as_wanted(step: Case) -> bool:
    """Status, and where the vector names them content type and body."""
    status, kind, body = step["got"]
    return bool(
        status in step.get("want_status_any", [step.get("want_status")])
        and kind == step.get("want_content_type", kind)
        and body == step.get("want_body", body)
        and body.startswith(step.get("want_body_starts", ""))
    )
