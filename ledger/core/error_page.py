"""A server's error page that was saved in place of what was asked for: recognised, and called that.

Nothing is believed because of it: it only chooses the words for a file that is no proof in any case.
"""

import json
from typing import Final

_LARGEST: Final = 64 * 1024
_HTML: Final = (b"<!doctype html", b"<html")
_PROBLEM: Final = {"type", "title", "status"}  # RFC 9457


def error_page(data: bytes) -> str | None:
    """What to say of an error page, or None for anything else."""
    start = data.lstrip()
    if start[:14].lower().startswith(_HTML):
        return "an error page of the server, or another web page (HTML), not a proof: fetch it again"
    if not start.startswith(b"{") or len(data) > _LARGEST:
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and value.keys() >= _PROBLEM and "format" not in value:
        told = f"{value['status']}, {value['title']}"
        return f"an error page of the server ({told}), not a proof: fetch it again"
    return None
