"""Small files at fixed addresses, and blobs of the folder store by their signed, expiring address."""

from pathlib import Path

from flask import Flask, Response, abort, current_app, make_response, send_from_directory

from app.kernel import blobs, outbox
from app.kernel.storage import BadKey, FolderStorage, NotStored

STATIC = Path(__file__).resolve().parents[2] / "static"


def blob(token: str) -> Response:
    """A blob whose signed address has not expired; always as a download, never sniffed."""
    storage = current_app.extensions["coi.storage"]
    if not isinstance(storage, FolderStorage):
        abort(404)  # an S3 store signs addresses of its own
    try:
        content, content_type = storage.signed_blob(token)
    except (NotStored, BadKey):
        abort(404)
    answer = make_response(content)
    answer.headers["Content-Type"] = content_type
    answer.headers["Content-Disposition"] = "attachment"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def favicon() -> Response:
    """The icon that browsers ask for by name."""
    return send_from_directory(STATIC / "img", "favicon.ico", max_age=86400)


def robots() -> Response:
    """What search engines may read."""
    return send_from_directory(STATIC, "robots.txt", max_age=86400)


def init_app(app: Flask) -> None:
    """Bind the addresses, and the worker's removal of blobs."""
    storage = app.extensions["coi.storage"]
    outbox.handle(app, blobs.FORGET_BLOB, lambda row: blobs.remove_blob(storage, row))
    app.add_url_rule("/files/<token>", "blob", blob)
    app.add_url_rule("/favicon.ico", "favicon", favicon)
    app.add_url_rule("/robots.txt", "robots", robots)
