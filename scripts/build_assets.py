"""Make `static/build/` (what pages link) and `static/vendor/` (what comes from npm).

Run as `python scripts/build_assets.py`; safe to repeat. Own files need nothing but Python. Files
from npm need `npm ci` first; where `node_modules/` is missing, pages do without the web font and
without the check of proofs in the browser, and that is said.

`static/build/manifest.json` maps a logical name (`css/public.css`, `js/farm.js`,
`img/icons.svg`) to the file's path inside `static/build/`, which carries the hash of its bytes.
The modules import each other by relative path, so the whole `js/` tree lies under one hash.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, where nothing is installed

from scripts.build_verifier import BUNDLED, BuildFault, bundled, single_file, words

ROOT = Path(__file__).resolve().parents[1]

FONT_TTF = "@expo-google-fonts/be-vietnam-pro"
FONT_WOFF2 = "@fontsource/be-vietnam-pro"
WOFF2 = "files/be-vietnam-pro-{}-600-normal.woff2"

COPIED: tuple[tuple[str, str, str], ...] = (
    (FONT_TTF, "400Regular/BeVietnamPro_400Regular.ttf", "fonts/BeVietnamPro-Regular.ttf"),
    (FONT_TTF, "600SemiBold/BeVietnamPro_600SemiBold.ttf", "fonts/BeVietnamPro-SemiBold.ttf"),
    (FONT_TTF, "700Bold/BeVietnamPro_700Bold.ttf", "fonts/BeVietnamPro-Bold.ttf"),
    (FONT_TTF, "LICENSE_FONT", "fonts/LICENSE-be-vietnam-pro.txt"),
    (FONT_WOFF2, WOFF2.format("latin"), "fonts/be-vietnam-pro-latin-600.woff2"),
    (FONT_WOFF2, WOFF2.format("vietnamese"), "fonts/be-vietnam-pro-vietnamese-600.woff2"),
)
"""Package, file in the package, file in `static/vendor/`. PDFs need TTF, pages woff2."""

URL = re.compile(r'url\("?(\.\./[^")]+)"?\)')


@dataclass(frozen=True)
class Vendored:
    """One file that came from npm."""

    file: str
    package: str
    version: str
    licence: str
    sha384: str


def minified_css(text: str) -> str:
    """The style sheet without comments and idle white space.

    A space before a colon stays (`.a :hover` is not `.a:hover`), and so do those around `+` and `-`
    (`calc()` needs them).
    """
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s*([{};,>])\s*", r"\1", text)
    return re.sub(r":\s+", ":", text).replace(";}", "}").strip()


def minified_svg(text: str) -> str:
    """The drawing without comments and without white space between tags."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return re.sub(r">\s+<", "><", re.sub(r"\s+", " ", text)).strip()


def _short_hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


class Build:
    """One build in progress: `static` is the folder, `manifest` grows."""

    def __init__(self, static: Path) -> None:
        self.static = static
        self.out = static / f"build.{os.getpid()}"
        self.manifest: dict[str, str] = {}
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)

    def put(self, logical: str, data: bytes) -> str:
        """Write one file under its hashed name and return that name."""
        source = Path(logical)
        name = f"{source.stem}.{_short_hash(data)}{source.suffix}"
        hashed = name if source.parts[0] == "css" else source.parent.joinpath(name).as_posix()
        target = self.out / hashed
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self.manifest[logical] = hashed
        return hashed

    def bundle(self, name: str, parts: Iterable[str]) -> None:
        """Join style sheets into `css/NAME.css`; what they refer to is copied and hashed too."""
        sheets = [self._sheet(self.static / "css" / f"{part}.css") for part in parts]
        self.put(f"css/{name}.css", minified_css("\n".join(sheets)).encode())

    def _sheet(self, path: Path) -> str:
        if not path.is_file():
            raise BuildFault(f"static/bundles.json names {path.name}, which is not in static/css/")
        text = path.read_text("utf-8")
        if missing := [url for url in URL.findall(text) if not (path.parent / url).is_file()]:
            print(f"left out {path.name}: {missing[0]} is not there; run `npm ci` for it")
            return ""
        return URL.sub(lambda found: f"url({self._referred(path.parent / found[1])})", text)

    def _referred(self, path: Path) -> str:
        logical = path.resolve().relative_to(self.static.resolve()).as_posix()
        return self.manifest.get(logical) or self.put(logical, path.read_bytes())

    def images(self) -> None:
        """Every drawing and picture under `static/img/`."""
        for path in sorted((self.static / "img").rglob("*")):
            if not path.is_file():
                continue
            data = path.read_bytes()
            if path.suffix == ".svg":
                data = minified_svg(data.decode()).encode()
            self.put(path.relative_to(self.static).as_posix(), data)

    def scripts(self, bundles: Mapping[str, bytes]) -> None:
        """The `js/` tree under one hash of all its bytes.

        `bundles`: scripts that are already one file with all that they import, by logical name.
        """
        files = sorted((self.static / "js").rglob("*.js"))
        named = {path.relative_to(self.static).as_posix(): path.read_bytes() for path in files} | dict(
            bundles
        )
        whole = b"".join(name.encode() + b"\0" + data for name, data in named.items())
        folder = f"m-{_short_hash(whole)}"
        for name, data in named.items():
            target = self.out / folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            self.manifest[name] = f"{folder}/{name}"

    def finish(self) -> None:
        """Write the manifest and put the new folder in the old one's place."""
        text = json.dumps(self.manifest, indent=1, sort_keys=True, ensure_ascii=False)
        (self.out / "manifest.json").write_text(text + "\n", "utf-8")
        final, old = self.static / "build", self.static / f"build.{os.getpid()}.old"
        if final.is_dir():  # moved aside, not emptied in place: a running server misses nothing
            final.rename(old)
        self.out.rename(final)
        shutil.rmtree(old, ignore_errors=True)


def _package(modules: Path, name: str) -> Mapping[str, str]:
    facts = modules / name / "package.json"
    if not facts.is_file():
        raise BuildFault(f"node_modules has no {name}: run `npm ci --ignore-scripts`")
    known: Mapping[str, str] = json.loads(facts.read_text("utf-8"))
    return known


def _vendored(target: Path, vendor: Path, package: Mapping[str, str]) -> Vendored:
    digest = base64.b64encode(hashlib.sha384(target.read_bytes()).digest()).decode()
    return Vendored(
        file=target.relative_to(vendor).as_posix(),
        package=package["name"],
        version=package["version"],
        licence=package.get("license", ""),
        sha384=f"sha384-{digest}",
    )


def vendor(root: Path) -> list[Vendored]:
    """Copy the chosen npm files into `static/vendor/` and write `vendor.lock.json`.

    Raises BuildFault when a package is missing.
    """
    modules, out = root / "node_modules", root / "static" / "vendor"
    shutil.rmtree(out, ignore_errors=True)
    (out / "fonts").mkdir(parents=True)
    kept = []
    for name, source, file in COPIED:
        package = _package(modules, name)
        target = out / file
        shutil.copyfile(modules / name / source, target)
        kept.append(_vendored(target, out, package))
    text = json.dumps([asdict(one) for one in kept], indent=1, ensure_ascii=False)
    (out / "vendor.lock.json").write_text(text + "\n", "utf-8")
    return kept


def build(
    static: Path, scripts: Mapping[str, bytes] | None = None, files: Mapping[str, bytes] | None = None
) -> dict[str, str]:
    """Build everything under `static` and return the manifest. Raises BuildFault.

    `scripts` stand in for those of the `js/` tree; `files` come from elsewhere, by logical name.
    """
    bundles: dict[str, list[str]] = json.loads((static / "bundles.json").read_text("utf-8"))
    work = Build(static)
    work.images()
    work.scripts(scripts or {})
    for name, data in (files or {}).items():
        work.put(name, data)
    for name, parts in bundles.items():
        work.bundle(name, parts)
    work.finish()
    return work.manifest


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def main() -> int:
    """Vendor, then build; one sentence and exit 1 where it cannot be done."""
    try:
        scripts: dict[str, bytes] = {}
        files = {f"verifier/words.{language}.json": _json(said) for language, said in words(ROOT).items()}
        if (ROOT / "node_modules").is_dir():
            print(f"static/vendor: {len(vendor(ROOT))} files from npm")
            scripts = {name: bundled(ROOT, f"static/{name}") for name in BUNDLED}
            # Not as .html: a page of our own origin must never hold a script of its own.
            files["verifier/verifier.txt"] = single_file(ROOT)
        else:
            print("node_modules is missing: no web font, no verifier in the browser (run `npm ci`)")
        print(f"static/build: {len(build(ROOT / 'static', scripts, files))} files")
    except (BuildFault, subprocess.CalledProcessError) as fault:
        print(f"assets were not built: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
