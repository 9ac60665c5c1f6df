"""How tests and the tour start Chromium, and what a phone and a desk look like."""

import os
import shutil
from typing import Any

from tests.support.processes import DidNotStart

PHONE = {"width": 360, "height": 640}
DESK = {"width": 1280, "height": 800}

SLOW_4G = {
    "offline": False,
    "latency": 150,  # ms a request
    "downloadThroughput": 1.6e6 / 8,  # bytes a second
    "uploadThroughput": 750e3 / 8,
}


def launch_arguments() -> dict[str, Any]:
    """Arguments of Playwright's `chromium.launch`. Raises DidNotStart when there is no Chromium."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise DidNotStart("Chromium is missing; as root: apt-get install chromium, or give CHROMIUM=/path")
    return {"executable_path": path, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}


def context_arguments(viewport: dict[str, int] = PHONE) -> dict[str, Any]:
    """Arguments of `browser.new_context`: a person in Vietnam with this screen."""
    return {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", "viewport": viewport}
