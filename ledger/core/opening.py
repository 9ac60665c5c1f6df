"""Check what a bundle shows of a sealed body against what the log's entry committed to."""

from functools import partial

from ledger.core.batch import Batch, ErasedWindow, Window, check_window
from ledger.core.disclosures import Disclosure, Erased
from ledger.core.entry import Entry, check_commitment
from ledger.core.fields import Field, check_field, committed
from ledger.core.report import State, Steps


def check_disclosure(index: int, entry: Entry, opened: Disclosure | Erased | None, steps: Steps) -> None:
    """Note a step for the body, each of its fields and its readings. What was erased is never refused."""
    name = f"commitment {index}"
    if isinstance(opened, Disclosure):
        check = partial(check_commitment, entry, opened.salt, opened.body)
        if not steps.holds(name, check, f"the content ({len(opened.body)} bytes) is the one that was sealed"):
            return  # nothing that the body commits to would mean anything
        _check_fields(index, opened, steps)
        if opened.window is not None:
            _check_readings(index, opened.body, opened.window, steps)
    elif isinstance(opened, Erased):
        steps.add(
            name,
            State.NOT_CHECKED,
            "erased: so says the file; the content is gone, the seal of the entry stands",
        )
    else:
        steps.add(name, State.NOT_CHECKED, "the content is not in this file")


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


def _check_readings(index: int, body: bytes, window: Window | ErasedWindow, steps: Steps) -> None:
    batch = steps.attempt(f"batch {index}", lambda: Batch.read(body), _batch_words)
    if batch is None:
        return
    name = f"readings {index}"
    if isinstance(window, ErasedWindow):
        told = "erased: so says the file; the readings are gone, the seal of their batch stands"
        steps.add(name, State.NOT_CHECKED, told)
        return
    end = window.begin + len(window.readings)
    told = f"{window.begin} to {end - 1} of {batch.count} as they were sealed, none left out between"
    steps.holds(name, partial(check_window, batch, window), told)


def _batch_words(batch: Batch) -> str:
    span = f"{batch.first.isoformat()} to {batch.last.isoformat()}"
    return f"{batch.count} readings of {batch.datastream}, {span}, {batch.gap_count} gaps"
