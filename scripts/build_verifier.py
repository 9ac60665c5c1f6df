"""The scripts that check proofs, each as one file: for the trace page, and as a page to download.

The downloaded page is one file with its words in both languages, its style and its script, and a policy of
its own that lets it load nothing: it works from `file://` and cannot send anything anywhere. The same
sources give the same bytes, so that its SHA-256 can be printed and compared.
"""

import base64
import hashlib
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from ledger.verifier_words import FILE_WORDS, WORDS

ESBUILD_OPTIONS: Final = (
    "--bundle",
    "--format=esm",
    "--minify",
    "--target=es2022",
    "--legal-comments=inline",
    "--log-level=warning",
)
BUNDLED: Final = ("js/lot_page.js", "js/verify/by_subtle.js", "js/verify/by_noble.js")
ENTRY: Final = re.compile(r'^msgid (".*")\nmsgstr (".*")$', re.MULTILINE)


class BuildFault(Exception):
    """The assets cannot be built; the message says why and what to do."""


def bundled(root: Path, entry: str, **constants: object) -> bytes:
    """A script and all that it imports, minified; raises BuildFault without esbuild."""
    # npm runs no install scripts here, so the platform's binary is called without its wrapper.
    binaries = sorted((root / "node_modules" / "@esbuild").glob("*/bin/esbuild"))
    if not binaries:
        raise BuildFault("node_modules has no esbuild for this machine: run `npm ci`")
    defined = [f"--define:{name}={json.dumps(value)}" for name, value in constants.items()]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.js"
        command = [str(binaries[0]), str(root / entry), *ESBUILD_OPTIONS, *defined, f"--outfile={out}"]
        subprocess.run(command, check=True)
        return out.read_bytes()


def words(root: Path) -> dict[str, dict[str, str]]:
    """What the check of a page says, by language and code."""
    english = _english(root)
    return {"vi": WORDS, "en": {code: english[text] for code, text in WORDS.items()}}


def single_file(root: Path) -> bytes:
    """The page to download. Raises BuildFault."""
    english, own = _english(root), words(root)
    said = {
        "vi": own["vi"] | FILE_WORDS,
        "en": own["en"] | {code: english[text] for code, text in FILE_WORDS.items()},
    }
    # Inside <script> only "</" could end it early; esbuild writes it as "<\/".
    script = bundled(root, "static/js/verifier.js", COI_WORDS=said).decode()
    folder = root / "static" / "verifier"
    style = (folder / "verifier.css").read_text("utf-8")
    parts = {
        "STYLE": style,
        "SCRIPT": script,
        "STYLE_HASH": _csp_hash(style),
        "SCRIPT_HASH": _csp_hash(script),
    }
    page = (folder / "verifier.html").read_text("utf-8")
    return re.sub(r"%(\w+)%", lambda found: parts[found[1]], page).encode()


def _csp_hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _english(root: Path) -> dict[str, str]:
    """English by Vietnamese out of the catalogue, which `make i18n` keeps at one line a text.

    Read here by hand, since the assets are built where nothing but Python is installed. A text that is not
    translated yet stays Vietnamese; `make check` names it.
    """
    text = (root / "translations/en/LC_MESSAGES/messages.po").read_text("utf-8")
    known = {json.loads(found[1]): json.loads(found[2]) for found in ENTRY.finditer(text)}
    return {one: known.get(one) or one for one in (*WORDS.values(), *FILE_WORDS.values())}
