"""Check what a bundle shows of a sealed body against what the log's entry committed to."""

from functools import partial

from ledger.core.batch import Batch, ErasedWindow, Window, check_window
from ledger.core.days import Shown
from ledger.core.disclosures import Disclosure, Erased
from ledger.core.entry import BATCH_TYPE, Entry, check_commitment
from ledger.core.errors import MalformedProof
from ledger.core.fields import Field, check_field, committed
from ledger.core.report import State, Steps


def check_disclosure(
    index: int, entry: Entry, opened: Disclosure | Erased | None, steps: Steps
) -> Shown | None:
    """Note a step for the body, each of its fields and its readings. What was erased is never refused.

    Returns what is shown of a batch of readings; None for every other entry.
    """
    shown = Shown(None) if entry.kind == BATCH_TYPE else None
    name = f"commitment {index}"
    if isinstance(opened, Disclosure):
        told = f"the content ({len(opened.body)} bytes) is the one that was sealed"
        if shown is not None and opened.window is None:
            shown = Shown(_batch(opened.body))
            told += f"; {_kept_back(shown)}"
        check = partial(check_commitment, entry, opened.salt, opened.body)
        if not steps.holds(name, check, told):
            return None  # nothing that the body commits to would mean anything
        _check_fields(index, opened, steps)
        if opened.window is not None:
            return _check_readings(index, opened.body, opened.window, steps) or shown
    elif isinstance(opened, Erased):
        steps.add(
            name,
            State.NOT_CHECKED,
            "erased: so says the file; the content is gone, the seal of the entry stands",
        )
    else:
        steps.add(name, State.NOT_CHECKED, "the content is not in this file")
    return shown


def _check_fields(index: int, opened: Disclosure, steps: Steps) -> None:
    """Members under commitments of their own: shown, erased, or kept back."""
    listed = committed(opened.body)
    for field in opened.fields:
        name = f"field {index} {field.name}"
        if isinstance(field, Field):
            check = partial(check_field, field, listed.get(field.name))
            steps.holds(name, check, "the value is the one that was sealed")
        elif field.name in listed:
            steps.add(
                name,
                State.NOT_CHECKED,
                "erased: so says the file; the value is gone, the seal of the rest stands",
            )
        else:
            steps.add(name, State.REFUSED, "said to be erased, and the sealed content knows no such field")
    for kept in sorted(listed.keys() - {field.name for field in opened.fields}):
        steps.add(f"field {index} {kept}", State.NOT_CHECKED, "kept back: its value is not in this file")


def _check_readings(index: int, body: bytes, window: Window | ErasedWindow, steps: Steps) -> Shown | None:
    batch = steps.attempt(f"batch {index}", lambda: Batch.read(body), _batch_words)
    if batch is None:
        return None
    name = f"readings {index}"
    if isinstance(window, ErasedWindow):
        told = "erased: so says the file; the readings are gone, the seal of their batch stands"
        steps.add(name, State.NOT_CHECKED, told)
        return Shown(batch)
    end = window.begin + len(window.readings)
    times = [reading.at for reading, _ in window.readings]
    span = f" ({times[0].isoformat()} to {times[-1].isoformat()})" if times else ""
    told = (
        f"{window.begin} to {end - 1} of {batch.count}, counted from 0{span}, as they were sealed, "
        "none of this batch left out between"
    )
    if not steps.holds(name, partial(check_window, batch, window), told):
        return Shown(batch)
    return Shown(batch, window.begin, end, times[0], times[-1])


def _batch(body: bytes) -> Batch | None:
    """The batch that a body is. None is no fault where no reading is shown: nobody relies on it."""
    try:
        return Batch.read(body)
    except MalformedProof:
        return None


def _kept_back(shown: Shown) -> str:
    what = "readings" if shown.batch is None else _batch_words(shown.batch)
    return f"kept back: none is in this file of {what}"


def _batch_words(batch: Batch) -> str:
    span = f"{batch.first.isoformat()} to {batch.last.isoformat()}"
    return f"{batch.count} readings of {batch.datastream}, {span}, {batch.gap_count} gaps"
