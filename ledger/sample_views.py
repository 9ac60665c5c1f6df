"""For auditors: a sample drawn by a public seed, its entries, and the proofs to take away."""

import re
import shlex

from flask import make_response, request

from app.kernel.problems import DomainError, NotFound
from app.kernel.text import tidy
from app.kernel.uow import unit_of_work
from app.web.pages import Answer, download, page, tagged
from app.web.problems import gives_file, sentence
from ledger import sampling
from ledger.core.proofs import MEDIA_TYPE
from ledger.core.sample import MOST

USUAL_COUNT = 20
_DIGITS = re.compile(r"[0-9]{1,40}")
_FOR_EVER = "public, max-age=31536000, immutable"


def sample() -> Answer:
    """The form, and what its seed draws; the address is the whole sample, to be handed on."""
    seed, count = _asked()
    drawn, refused = None, None
    if "seed" in request.args:
        try:
            size = _size()
            with unit_of_work(read_only=True) as uow:
                drawn = sampling.sample(uow, seed, count=count, size=size)
        except DomainError as fault:
            refused = fault
    shown = page(
        "ledger/sample.html",
        seed=seed,
        count=request.args.get("count", str(USUAL_COUNT)),
        size=request.args.get("size", ""),
        most=MOST,
        drawn=drawn,
        quoted_seed=shlex.quote(seed),  # the command is there to be copied: a seed must stay one word in it
        refused=sentence(refused) if refused else None,
        status=refused.status if refused else 200,
    )
    return tagged(shown) if refused is None else shown


def sample_file() -> Answer:
    """The same sample as a proof bundle. Raises NoSuchCheckpoint, NoSuchSample, NotASize."""
    (seed, count), size = _asked(), _size()
    with unit_of_work(read_only=True) as uow:
        drawn = sampling.sample(uow, seed, count=count, size=size)
        body = sampling.bundle(uow, drawn)
    return tagged(download(body, f"sample-{drawn.checkpoint.size}.json", MEDIA_TYPE))


@gives_file
def entry(index: int) -> Answer:
    """The bytes of one entry, exactly as its leaf hashes them."""
    with unit_of_work(read_only=True) as uow:
        body = sampling.entry(uow, index)
    if body is None:
        raise NotFound
    answer = make_response(body)
    answer.headers["Content-Type"] = MEDIA_TYPE
    return tagged(answer, cache=_FOR_EVER)


@gives_file
def entry_proof(index: int) -> Answer:
    """A tlog-proof of one entry, under the checkpoint of `?size=`. Raises NoSuchCheckpoint, NotASize."""
    size = _size()
    with unit_of_work(read_only=True) as uow:
        body = sampling.entry_proof(uow, index, size=size)
    if body is None:
        raise NotFound
    return tagged(download(body, f"entry-{index}.tlog-proof", "text/plain; charset=utf-8"))


def _asked() -> tuple[str, int]:
    """Seed and count of the address; 0 for a count that is no number: no sample is so large."""
    try:
        count = _number("count")
    except ValueError:
        count = 0
    return tidy(request.args.get("seed", "")), USUAL_COUNT if count is None else count


def _size() -> int | None:
    """The size of a checkpoint in the address, None for the newest. Raises NotASize."""
    try:
        return _number("size")
    except ValueError as fault:
        raise sampling.NotASize(typed=request.args["size"][:40]) from fault


def _number(name: str) -> int | None:
    """A number of the address, dots and spaces forgiven; None for nothing. Raises ValueError."""
    asked = "".join(request.args.get(name, "").replace(".", "").split())
    if asked and not _DIGITS.fullmatch(asked):
        raise ValueError(name)
    return int(asked) if asked else None
