"""Files, addresses, make targets and links that the documents name are there."""

import re
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
_CODE = re.compile(r"`([^`\n]+)`")
_OUTSIDE = ("/etc", "/opt", "/srv", "/var", "/docs")
_HOUSE = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"var"}


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


def segments(address: str) -> list[str]:
    return ["*" if "<" in part or "{" in part else part for part in address.strip("/").split("/")]


def answered(address: str, rules: list[list[str]], deep: list[list[str]]) -> bool:
    wanted = segments(address)
    same = any(
        len(rule) == len(wanted) and all("*" in (a, b) or a == b for a, b in zip(rule, wanted, strict=True))
        for rule in rules
    )
    return same or any(wanted[: len(rule)] == rule and len(wanted) > len(rule) for rule in deep)


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_address_is_one_that_the_application_answers(app: Flask, page: Path) -> None:
    all_rules = [rule.rule for rule in app.url_map.iter_rules()]
    rules = [segments(rule) for rule in all_rules if "<path:" not in rule]
    deep = [segments(rule.split("<path:")[0]) for rule in all_rules if "<path:" in rule]
    told = {re.split(r"[?#]", code)[0] for code in _CODE.findall(page.read_text("utf-8"))}
    strange = {
        address
        for address in told
        if re.fullmatch(r"/[\w/{}.-]*", address)
        and not address.startswith(_OUTSIDE)
        and not answered(address, rules, deep)
    }
    assert strange - {"/api/"} == set()


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_file_of_the_house_is_there(page: Path) -> None:
    told = {code.rstrip("/") for code in _CODE.findall(page.read_text("utf-8"))}
    files = {one for one in told if one.split("/")[0] in _HOUSE and re.fullmatch(r"[\w./-]+/[\w./-]+", one)}
    made_by_hand = {"deploy/coi.env", "deploy/s3.json", "deploy/tls"}
    assert {one for one in files - made_by_hand if not (ROOT / one).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
    inside = [one for one in targets if "://" not in one and "screenshots/" not in one]
    assert [one for one in inside if not (page.parent / one).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+)(?: [a-z]+)*:", (ROOT / "Makefile").read_text(), re.MULTILINE))
    targets |= {"environment", "assets"}
    told = set(re.findall(r"\bmake ([a-z][a-z0-9-]*)", " ; ".join(_CODE.findall(page.read_text("utf-8")))))
    assert told <= targets
