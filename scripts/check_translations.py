"""Translation gate: every text that a person reads is in the catalogue, and the catalogue is whole.

Vietnamese is the source language, so a text in a template or in code is its own Vietnamese; English
is `translations/en`. Found and listed: texts of templates that never pass the catalogue, msgids that
`make i18n` would add or drop, entries that are empty, fuzzy or lose a placeholder, tone marks in another
style than the glossary's (`hòa`). Exit 1 with the list.
"""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import Environment, TemplateSyntaxError, nodes

ROOT = Path(__file__).resolve().parents[1]
POT = ROOT / "translations" / "messages.pot"
ENGLISH = ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po"

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]")
LETTER = re.compile(r"[^\W\d_]")
VIETNAMESE = re.compile(r"[à-ỹÀ-ỸđĐăĂơƠưƯ]")
NAMES = re.compile(r"\b(Cội|VI|EN|QR|VietQR|GTIN|GLN|GS1|EPCIS|JSON|CSV|GeoJSON|PDF|SHA-256|KB|MB|kg|m²)\b")
JINJA = re.compile(
    r"\{%-?\s*trans\b.*?endtrans\s*-?%\}"  # in the catalogue as a whole
    r"|\{%-?\s*block (?:style|\w+_class|\w+_attributes)\b.*?endblock\b.*?%\}"  # goes into an attribute
    r"|%%[A-Z_]+%%"  # filled in a stored page at the moment of the scan
    r"|\{#.*?#\}|\{\{.*?\}\}(?:[-_][\w-]+)?|\{%.*?%\}",  # an id is made as {{ field.id }}-hint
    re.DOTALL,
)
NEW_STYLE_MARK = re.compile(r"(?<!q)(o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?![\w])", re.IGNORECASE)
SPOKEN = {"alt", "title", "placeholder", "aria-label", "aria-description", "aria-roledescription", "label"}
UNSPOKEN = {"script", "style", "code", "kbd"}
CALLS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


def main() -> int:
    """Print each fault on a line; 1 when there is one."""
    faults = [*_template_faults(), *_catalogue_faults()]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def _template_faults() -> Iterator[str]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        source = path.read_text("utf-8")
        name = path.relative_to(ROOT)
        for line, text in bare_texts(source):
            yield f"{name}:{line}: text without _(): {text!r}"
        try:
            strings = bare_strings(source)
        except TemplateSyntaxError as fault:
            yield f"{name}:{fault.lineno}: {fault.message}"
            continue
        for line, text in strings:
            yield f"{name}:{line}: string without _(): {text!r}"


def bare_texts(source: str) -> list[tuple[int, str]]:
    """Line and text of whatever a reader or a screen reader would meet outside the catalogue.

    Jinja is masked, keeping the lines. Let through: elements with `translate="no"`, and those with
    `lang="vi"` or `lang="en"` (a page or a link that is made to be in that language).
    """
    finder = _BareTexts()
    finder.feed(JINJA.sub(lambda found: "\n" * found[0].count("\n"), source))
    finder.close()
    return finder.found


class _BareTexts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._silent: list[str] = []  # open elements from the first one that is not spoken

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        spoken = set(SPOKEN)
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            spoken.add("value")
        if tag == "meta" and given.get("name") == "description":
            spoken.add("content")
        for name, value in attrs:
            if name in spoken and value and _is_text(value) and not self._silent:
                self.found.append((self.getpos()[0], f'{name}="{value}"'))
        through = tag in UNSPOKEN or given.get("translate") == "no" or given.get("lang") in ("vi", "en")
        if tag not in VOID and (self._silent or through):
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if _is_text(data) and not self._silent:
            skipped = len(data) - len(data.lstrip())
            line = self.getpos()[0] + data[:skipped].count("\n")
            self.found.append((line, " ".join(data.split())))


def _is_text(text: str) -> bool:
    return bool(LETTER.search(NAMES.sub("", text)))


def bare_strings(source: str) -> list[tuple[int, str]]:
    """Line and text of Vietnamese strings inside Jinja expressions that no `_()` wraps."""
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    wrapped: set[int] = set()
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in CALLS:
            wrapped.update(id(const) for const in call.find_all(nodes.Const))
    return [
        (const.lineno, const.value)
        for const in tree.find_all(nodes.Const)
        if isinstance(const.value, str)
        and VIETNAMESE.search(NAMES.sub("", const.value))
        and id(const) not in wrapped
    ]


def _catalogue_faults() -> Iterator[str]:
    if not (POT.exists() and ENGLISH.exists()):
        yield "translations/messages.pot or translations/en is missing: run `make i18n`"
        return
    wanted = _ids(_extracted())
    english = read_po(io.BytesIO(ENGLISH.read_bytes()), locale="en")
    for name, catalogue in (("messages.pot", read_po(io.BytesIO(POT.read_bytes()))), ("en", english)):
        for lacking in sorted(wanted - _ids(catalogue)):
            yield f"translations/{name} lacks {lacking!r}: run `make i18n`"
        for stale in sorted(_ids(catalogue) - wanted):
            yield f"translations/{name} keeps {stale!r}, which nothing uses: run `make i18n`"
    for message in english:
        if marked := new_style_marks(_id(message)):
            yield f"{_id(message)!r}: {', '.join(marked)} in the new style of marks; here it is `hòa`, `hủy`"
        if message.id:
            yield from (f"translations/en {_id(message)!r}: {fault}" for fault in entry_faults(message))


def _extracted() -> Catalog:
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract"]
    command += ["-F", "babel.cfg", "-k", "_l", "-k", "lazy_gettext", "-o", "/dev/stdout", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return read_po(io.BytesIO(done.stdout))


def entry_faults(message: Message) -> list[str]:
    """What is wrong with one entry of a catalogue: empty, fuzzy, or a placeholder lost or invented."""
    forms = list(message.string) if isinstance(message.string, tuple | list) else [message.string]
    ids = list(message.id) if isinstance(message.id, tuple | list) else [message.id]
    if not all(forms):
        return ["has no translation"]
    faults = ["is fuzzy"] if message.fuzzy else []
    asked = {found[0] for each in ids for found in PLACEHOLDER.finditer(each)}
    for form in forms:
        given = {found[0] for found in PLACEHOLDER.finditer(form or "")}
        # A singular form may say "one" instead of the number.
        if given - asked or (asked - given - ({"%(num)s", "%(num)d"} if len(forms) > 1 else set())):
            faults.append(f"has placeholders {sorted(given)}, not {sorted(asked)}")
    return faults


def new_style_marks(text: str) -> list[str]:
    """Vowels with the tone mark on the second one, where the glossary writes it on the first (`hòa`)."""
    return NEW_STYLE_MARK.findall(text)


def _ids(catalogue: Catalog) -> set[str]:
    return {_id(message) for message in catalogue if message.id}


def _id(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, tuple | list) else message.id)


if __name__ == "__main__":
    sys.exit(main())
