"""What pages link is built from our own files by Python alone, under names that carry their bytes."""

import json
import re
from pathlib import Path

import pytest

from scripts.build_assets import BuildFault, build, minified_css, minified_svg

ROOT = Path(__file__).resolve().parents[2]
SCAN_LIMIT = 8 * 1024


@pytest.fixture
def static(tmp_path: Path) -> Path:
    for name, text in {
        "css/one.css": "/* why */\n.a :hover { width: calc(1px + 2px); }\n",
        "css/font.css": '@font-face { src: url("../vendor/fonts/x.woff2"); }',
        "img/sprite.svg": "<svg>\n  <path d='M0 0'/>\n</svg>",
        "js/farm.js": 'import "./once.js";',
        "js/once.js": "// once",
        "bundles.json": json.dumps({"shop": ["one", "font"]}),
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def built(static: Path, logical: str) -> Path:
    manifest = json.loads((static / "build" / "manifest.json").read_text("utf-8"))
    return static / "build" / manifest[logical]


class TestABuild:
    def test_names_every_file_after_its_bytes(self, static: Path) -> None:
        before = build(static)
        (static / "img" / "sprite.svg").write_text("<svg/>", "utf-8")
        after = build(static)
        assert before["img/sprite.svg"] != after["img/sprite.svg"]
        assert before["css/shop.css"] == after["css/shop.css"]

    def test_keeps_the_modules_together_so_that_they_find_each_other(self, static: Path) -> None:
        build(static)
        assert built(static, "js/farm.js").parent == built(static, "js/once.js").parent

    def test_changes_every_modules_address_when_one_of_them_changes(self, static: Path) -> None:
        before = build(static)
        (static / "js" / "once.js").write_text("// twice", "utf-8")
        assert build(static)["js/farm.js"] != before["js/farm.js"]

    def test_leaves_a_sheet_out_whose_npm_file_is_missing(
        self, static: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        build(static)
        assert "font-face" not in built(static, "css/shop.css").read_text("utf-8")
        assert "npm ci" in capsys.readouterr().out

    def test_hashes_what_a_sheet_refers_to(self, static: Path) -> None:
        (static / "vendor" / "fonts").mkdir(parents=True)
        (static / "vendor" / "fonts" / "x.woff2").write_bytes(b"font")
        build(static)
        sheet = built(static, "css/shop.css")
        found = re.search(r"url\(([^)]+)\)", sheet.read_text("utf-8"))
        assert found
        assert (sheet.parent / found[1]).read_bytes() == b"font"

    def test_refuses_a_bundle_that_names_no_file(self, static: Path) -> None:
        (static / "bundles.json").write_text('{"shop": ["none"]}', "utf-8")
        with pytest.raises(BuildFault, match=r"none\.css"):
            build(static)

    def test_leaves_no_half_built_folder(self, static: Path) -> None:
        build(static)
        build(static)
        assert [path.name for path in static.glob("build*")] == ["build"]


def test_a_space_before_a_colon_and_around_plus_is_meaning() -> None:
    assert minified_css(".a :hover {\n  width: calc(1px + 2px);\n}") == ".a :hover{width:calc(1px + 2px)}"


def test_a_drawing_loses_only_its_idle_space() -> None:
    assert (
        minified_svg("<svg>\n <!-- sun -->\n <path d='M0 0 L1 1'/>\n</svg>")
        == "<svg><path d='M0 0 L1 1'/></svg>"
    )


class TestOurOwnFiles:
    def test_the_page_behind_a_code_has_eight_kilobytes_of_style(self) -> None:
        parts = json.loads((ROOT / "static" / "bundles.json").read_text("utf-8"))["scan"]
        whole = "".join((ROOT / "static" / "css" / f"{part}.css").read_text("utf-8") for part in parts)
        assert len(minified_css(whole).encode()) <= SCAN_LIMIT

    @pytest.mark.parametrize(
        "drawing", sorted((ROOT / "static/img/goods").glob("*.svg")), ids=lambda p: p.stem
    )
    def test_a_drawing_is_small_and_carries_neither_script_nor_style(self, drawing: Path) -> None:
        text = drawing.read_text("utf-8")
        assert len(text.encode()) <= 3 * 1024
        assert not re.search(r"<script|<style|style=|href=", text)

    def test_every_icon_that_a_template_names_is_in_the_sprite(self) -> None:
        sprite = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/img/icons.svg").read_text("utf-8")))
        named: set[str] = set()
        for path in (ROOT / "templates").rglob("*.html"):
            named |= set(re.findall(r'\bicon\("([a-z-]+)"', path.read_text("utf-8")))
        assert named <= sprite

    def test_nothing_is_inline(self) -> None:
        for path in (ROOT / "templates").rglob("*.html"):
            text = path.read_text("utf-8")
            assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", text), path
