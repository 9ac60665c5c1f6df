"""Registers: what a lower storey offers and a higher package fills in its `init_app`.

Each application has its own copy, so two applications in one test run do not see each other's.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar, cast

from flask import Flask, current_app

T = TypeVar("T")


class Register(Generic[T]):
    """Named things, put in while the application is built and read while it runs."""

    def __init__(self, name: str) -> None:
        self._slot = f"coi.{name}"

    def add(self, app: Flask, key: str, item: T) -> None:
        """Put `item` under `key`. Raises ValueError when the key is taken: two owners is a fault."""
        kept = cast("dict[str, T]", app.extensions.setdefault(self._slot, {}))
        if key in kept:
            raise ValueError(f"{self._slot}: {key!r} is registered twice")
        kept[key] = item

    def all(self) -> Mapping[str, T]:
        """Everything registered with the current application, in the order of registration."""
        return cast("dict[str, T]", current_app.extensions.get(self._slot, {}))

    def get(self, key: str) -> T | None:
        """What is registered under `key`, or None."""
        return self.all().get(key)
