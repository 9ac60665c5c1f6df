"""Who may do what: the one place that is asked.

Packages register their actions with a predicate (actor, object) → bool; an unregistered action is
refused. A view says `@allowed("lot.open")`; a command that needs the object asks `check`. An object
is fetched through its owner first, so a foreign object is 404 and never reaches this module.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from uuid import UUID

from flask import Flask, g

from app.kernel.problems import Forbidden, Unauthenticated
from app.kernel.register import Register

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Actor:
    """A person who is logged in, for one organisation, perhaps on behalf of somebody.

    `roles` are those held in `organisation_id`; `commune_codes` are what an office answers for.
    `acting_for_id` is the farmer whom a helper or officer files for, with a consent in force.
    """

    person_id: UUID
    display_name: str
    organisation_id: UUID
    organisation_name: str
    organisation_kind: str
    roles: frozenset[str]
    commune_codes: frozenset[str] = frozenset()
    session_id: UUID | None = None
    acting_for_id: UUID | None = None
    acting_for_name: str | None = None

    def has(self, *roles: str) -> bool:
        """Whether the actor holds one of the roles."""
        return not self.roles.isdisjoint(roles)


Predicate = Callable[[Actor, Any], bool]

ACTIONS: Register[Predicate] = Register("actions")


def register(app: Flask, actions: dict[str, Predicate]) -> None:
    """Add a package's actions; called from its `init_app`."""
    for name, predicate in actions.items():
        ACTIONS.add(app, name, predicate)


def role(*roles: str) -> Predicate:
    """A predicate: the actor holds one of the roles, whatever the object."""
    return lambda actor, _object: actor.has(*roles)


def may(actor: Actor | None, action: str, thing: object = None) -> bool:
    """Whether the actor may do it; False for nobody and for an action that no package registered."""
    predicate = ACTIONS.get(action)
    return actor is not None and predicate is not None and predicate(actor, thing)


def check(actor: Actor | None, action: str, thing: object = None) -> Actor:
    """The actor, when allowed. Raises Unauthenticated or Forbidden."""
    if actor is None:
        raise Unauthenticated(action=action)
    if not may(actor, action, thing):
        raise Forbidden(action=action)
    return actor


def current_actor() -> Actor:
    """The actor of this request. Raises Unauthenticated."""
    actor = g.get("actor")
    if actor is None:
        raise Unauthenticated
    return cast("Actor", actor)


def allowed(action: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run only for an actor who may do `action` (asked without an object)."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            check(g.get("actor"), action)
            return view(*args, **kwargs)

        return guarded

    return guard
