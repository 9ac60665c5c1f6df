"""The small tree of errors that the house raises on purpose.

A rule raises a named error with typed values and knows no language; `app.web.problems` alone turns
it into a sentence beside a field or into RFC 9457 problem+json. `type` is stable: it is the last
part of the problem's URI and the key of its sentence in the catalogue.
"""

from http import HTTPStatus
from typing import ClassVar


class DomainError(Exception):
    """A refusal that the caller can act on; `values` become members of the problem."""

    type: ClassVar[str] = "refused"
    status: ClassVar[HTTPStatus] = HTTPStatus.UNPROCESSABLE_ENTITY
    field: ClassVar[str | None] = None

    def __init__(self, **values: object) -> None:
        super().__init__(self.type, values)
        self.values = values

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.type}: {told}" if told else self.type


class Invalid(DomainError):
    """What was given is malformed or impossible."""

    type, status = "invalid", HTTPStatus.UNPROCESSABLE_ENTITY


class NotFound(DomainError):
    """There is no such thing among those that this actor may see."""

    type, status = "not-found", HTTPStatus.NOT_FOUND


class Forbidden(DomainError):
    """The actor is known, and may not do this."""

    type, status = "forbidden", HTTPStatus.FORBIDDEN


class Unauthenticated(DomainError):
    """Nobody, or nobody any more, is logged in."""

    type, status = "unauthenticated", HTTPStatus.UNAUTHORIZED


class Conflict(DomainError):
    """The state of things does not allow it now."""

    type, status = "conflict", HTTPStatus.CONFLICT


class TooMany(DomainError):
    """Asked too often; `retry_after_s` says when to come again, `minutes` the same for people."""

    type, status = "too-many", HTTPStatus.TOO_MANY_REQUESTS


class Unavailable(DomainError):
    """Something that we need does not answer now; nothing was changed."""

    type, status = "unavailable", HTTPStatus.SERVICE_UNAVAILABLE
