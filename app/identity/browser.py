"""What a browser is told about its login: the cookie, the actor of a request, the way to the login page."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, current_app, g, request, session

from app.identity.access import Actor
from app.identity.login import NewSession
from app.identity.sessions import actor_of_session, whose, whose_session
from app.kernel import clock
from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from app.web import kept_form
from app.web.pages import see_other

COOKIE: Final = "coi_login"
KEPT: Final = "kept_form"
# How long a session that is over is still known (`login.forget_old`): until then its form has an owner.
RECOGNISED: Final = timedelta(days=30)
# Public bytes that caches keep: they must not depend on who asks, and cost no look at the session.
NOBODYS: Final = ("/static/", "/healthz", "/readyz", "/metrics", "/ledger/tile", "/ledger/checkpoint",
                  "/ledger/key", "/ledger/policy", "/01/", "/t/", "/files/", "/favicon.ico")  # fmt: skip


def load_actor() -> None:
    """Put the actor of this request into `g.actor` (None for nobody), in a closed read unit of its own."""
    g.actor = None
    g.login_redirect = to_login
    if token() and not request.path.startswith(NOBODYS):
        with unit_of_work(read_only=True) as uow:
            g.actor = actor_of_session(uow, token(), clock.now())
        if g.actor is not None:
            _show_kept_form(g.actor)


def to_login() -> Response:
    """303 to the login page, which leads back here; a form that was sent leads back to its page.

    What was typed into it waits in this browser for the same person to log in again.
    """
    reads = request.method in {"GET", "HEAD"}
    asked = request.full_path.rstrip("?") if reads else kept_form.page_of_form()
    _keep_form(asked)
    door = "/office/login" if request.path.startswith("/office") else "/login"
    return see_other(f"{door}?next={quote(asked)}")


def _keep_form(path: str) -> None:
    """Keep the form of a session that is over; of a browser that never had one, nothing."""
    kept = kept_form.sent()
    if kept is None:
        return
    with unit_of_work(read_only=True) as uow:
        owner = whose_session(uow, token())
    if owner is not None:
        session[KEPT] = {"path": path, "whose": owner, "form": asdict(kept.small())}


def _show_kept_form(actor: Actor) -> None:
    """On the form's page, give the typed values back: to the same person for the same household only."""
    kept = session.get(KEPT)
    if kept is None or request.method != "GET" or kept["path"] != request.full_path.rstrip("?"):
        return
    del session[KEPT]
    if kept["whose"] == whose(actor):
        kept_form.show(kept_form.Kept(**kept["form"] | {"logged_in": True}))


def with_session(answer: Response, made: NewSession, now: datetime) -> Response:
    """The answer with the new session's cookie."""
    secure = request.is_secure or config().site_url.startswith("https://")
    lives = made.expires_at - now + RECOGNISED  # when it ends is the server's word, not the cookie's
    answer.set_cookie(
        COOKIE, made.token, max_age=int(lives.total_seconds()), httponly=True,
        samesite="Lax", secure=secure, path="/",
    )  # fmt: skip
    return answer


def without_session(answer: Response) -> Response:
    """The answer that makes the browser forget its session."""
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
    return answer


def config() -> Config:
    """The installation's settings."""
    kept: Config = current_app.extensions["coi.config"]
    return kept


def token() -> str:
    """The session token of this request, empty without one."""
    return request.cookies.get(COOKIE, "")


def device() -> str:
    """What the browser says of itself, for the list of a person's logins."""
    return (request.user_agent.string or "")[:120]


def address() -> str:
    """Where the request comes from, for throttling."""
    return request.remote_addr or "unknown"


def init_app(app: Flask) -> None:
    """Ask who is there before every request."""
    app.before_request(load_actor)
