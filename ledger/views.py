"""/ledger: the log for people: how far it goes, what it proves, and what its operator could still fake."""

import hashlib

from flask import current_app, request

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.problems import NotFound
from app.kernel.uow import unit_of_work
from app.web import assets
from app.web.pages import Answer, download, page, tagged
from app.web.problems import gives_file
from ledger import printed, sentences, stamped
from ledger.alarms import raised
from ledger.overview import overview

_VERIFIER = "verifier/verifier.txt"


def show() -> Answer:
    """The audit page, on one screen of a phone."""
    config: Config = current_app.extensions["coi.config"]
    now = clock.now()
    alarms = raised(config, now)
    with unit_of_work(read_only=True) as uow:
        seen = overview(uow, now)
        asked = stamped.authority(uow, config.tsa_url)
    shown = page(
        "ledger/log.html",
        seen=seen,
        log=seen.log,
        reach=seen.reach,
        alarms=[sentences.alarm_sentence(alarm) for alarm in alarms],
        limits=[sentences.limit_sentence(limit, seen.beyond) for limit in seen.limits],
        typical=sentences.seconds_words(seen.delay.median_s) if seen.delay else None,
        longest=sentences.seconds_words(seen.delay.longest_s) if seen.delay else None,
        anchoring=bool(config.evm_rpc_url),
        stamping=bool(config.tsa_url),
        stamping_fault=asked.error if asked else None,
        verifier_sha256=_verifier_sha256(),
    )
    return tagged(shown)


def verifier() -> Answer:
    """The single-file verifier, to keep: never shown as a page of ours, since its script is inline."""
    body = assets.built_bytes(_VERIFIER)
    if body is None:
        raise NotFound
    return tagged(download(body, "coi-verifier.html", "text/html; charset=utf-8"))


def printed_checkpoint() -> Answer:
    """Type size and root off a label sheet, and read whether the log of today still begins with them."""
    size, root = request.args.get("size", "")[:40], request.args.get("root", "")[:80]
    answer = None
    if size or root:
        with unit_of_work(read_only=True) as uow:
            answer = printed.ask(uow, size, root)
    status = 422 if answer and answer.verdict is printed.Verdict.UNREADABLE else 200
    return page("ledger/printed.html", size=size, root=root, answer=answer, status=status)


@gives_file
def consistency(size: int) -> Answer:
    """The proof that joins a printed checkpoint to the newest one, as a file."""
    with unit_of_work(read_only=True) as uow:
        body = printed.consistency_file(uow, size)
    if body is None:
        raise NotFound
    return tagged(download(body, f"consistency-{size}.txt", "text/plain; charset=utf-8"))


def _verifier_sha256() -> str | None:
    body = assets.built_bytes(_VERIFIER)
    return None if body is None else hashlib.sha256(body).hexdigest()
