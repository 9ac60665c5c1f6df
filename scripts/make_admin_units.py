"""Make the compact table of administrative units from the corpus: `make_admin_units.py CORPUS OUT`.

Writes OUT/admin_units.csv.gz, OUT/succession.csv.gz and the licence texts (SOURCES.md is by hand). Units that
ended on 2025-06-30 stand beside those in force since, because a code alone is no key: 1 811 codes
came to mean another commune that day. The files are the same bytes at every run.
"""

import csv
import gzip
import io
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

# When the older units began is not in the sources; the day stands for "before any record here".
UNKNOWN_BEGIN = "1900-01-01"
LAST_OLD_DAY, REFORM = "2025-06-30", "2025-07-01"
# 30/2026/QH16: Đồng Nai is a city, and ten of its xã are phường, from this day.
DONG_NAI, LAST_PROVINCE_DAY, CITY = "75", "2026-04-29", "2026-04-30"
UNIT_COLUMNS = (
    "code",
    "valid_from",
    "valid_to",
    "level",
    "name",
    "name_en",
    "province_code",
    "district_name",
)
SUCCESSION_COLUMNS = ("old_code", "old_valid_from", "new_code", "new_valid_from", "extent")

# The two sources place the tone mark differently; the glossary writes hòa, thủy.
_OLD_STYLE = {"oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa", "uỳ": "ùy", "uý": "úy", "uỷ": "ủy",
              "uỹ": "ũy", "uỵ": "ụy"}  # fmt: skip

Row = dict[str, str]


def tidy(text: str) -> str:
    """NFC, single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def same_name(one: str, other: str) -> bool:
    """Whether two spellings differ only in where the tone mark stands."""
    return _respelled(one) == _respelled(other)


def _respelled(name: str) -> str:
    lowered = tidy(name).lower().replace("’", "'")
    for new, old in _OLD_STYLE.items():
        lowered = lowered.replace(new, old)
    return lowered


def read(path: Path) -> list[Row]:
    """Rows of a CSV file with a header, tidied."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{key: tidy(value) for key, value in row.items()} for row in csv.DictReader(file)]


def old_units(pairs: Iterable[Row]) -> dict[str, Row]:
    """Every commune that ended with 30 June 2025, and the provinces of that time."""
    found: dict[str, Row] = {}
    for pair in pairs:
        province, district = pair["old_province_code"], pair["old_district_name"]
        code, name = pair["old_code"], pair["old_name"]
        found[code] = _unit(code, UNKNOWN_BEGIN, LAST_OLD_DAY, "commune", name, province, district=district)
        found["p" + province] = _unit(
            province, UNKNOWN_BEGIN, LAST_OLD_DAY, "province", pair["old_province_name"], province
        )
    return found


def new_units(pairs: Sequence[Row], current: Sequence[Row]) -> list[Row]:
    """Communes and provinces since 1 July 2025, those that changed their name in 2026 twice."""
    first_names = {pair["new_code"]: pair["new_name"] for pair in pairs}
    first_provinces = {pair["new_province_code"]: pair["new_province_name"] for pair in pairs}
    units: list[Row] = []
    provinces: dict[str, str] = {}
    for row in current:
        provinces[row["province_code"]] = row["province_full_name"]
        units += _versions(row["code"], "commune", first_names.get(row["code"]), row["full_name"],
                           row["province_code"], row["full_name_en"])  # fmt: skip
    for code, name in provinces.items():
        units += _versions(code, "province", first_provinces.get(code), name, code, "")
    return units


def _versions(code: str, level: str, first: str | None, now: str, province: str, name_en: str) -> list[Row]:
    if first is None or same_name(first, now):
        return [_unit(code, REFORM, "", level, first or now, province, name_en=name_en)]
    if province != DONG_NAI:
        raise SystemExit(f"{code}: {first!r} became {now!r}, and this script does not know when")
    return [
        _unit(code, REFORM, LAST_PROVINCE_DAY, level, first, province),
        _unit(code, CITY, "", level, now, province, name_en=name_en),
    ]


def _unit(
    code: str,
    valid_from: str,
    valid_to: str,
    level: str,
    name: str,
    province: str,
    *,
    district: str = "",
    name_en: str = "",
) -> Row:
    return dict(
        zip(UNIT_COLUMNS, (code, valid_from, valid_to, level, name, name_en, province, district), strict=True)
    )


def succession(pairs: Iterable[Row], current: Sequence[Row]) -> list[Row]:
    """Old unit to new unit; a successor whose code is not in force is found again by name and province."""
    in_force = {row["code"] for row in current}
    by_name = {(row["province_code"], _respelled(row["full_name"])): row["code"] for row in current}
    found: list[Row] = []
    for pair in pairs:
        code = pair["new_code"]
        if code not in in_force:
            code = by_name[pair["new_province_code"], _respelled(pair["new_name"])]
        found.append(
            dict(
                zip(
                    SUCCESSION_COLUMNS,
                    (pair["old_code"], UNKNOWN_BEGIN, code, REFORM, pair["extent"]),
                    strict=True,
                )
            )
        )
    return found + [
        dict(zip(SUCCESSION_COLUMNS, (unit, REFORM, unit, CITY, "full"), strict=True))
        for unit in sorted(_renamed(pairs, current))
    ]


def _renamed(pairs: Iterable[Row], current: Sequence[Row]) -> set[str]:
    first = {pair["new_code"]: pair["new_name"] for pair in pairs}
    return {
        r["code"] for r in current if r["code"] in first and not same_name(first[r["code"]], r["full_name"])
    }


def write(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """A gzipped CSV without a time stamp, rows in the order of their keys."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: tuple(row[column] for column in columns)))
    path.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))


def main(corpus: Path, out: Path) -> None:
    """Make the table from CORPUS/admin-units into OUT."""
    source = corpus / "admin-units"
    pairs = read(source / "succession-2025-07-01-all.csv")
    current = read(source / "units-current-2026-07-25.csv")
    units = [*old_units(pairs).values(), *new_units(pairs, current)]
    out.mkdir(parents=True, exist_ok=True)
    write(out / "admin_units.csv.gz", UNIT_COLUMNS, units)
    write(out / "succession.csv.gz", SUCCESSION_COLUMNS, succession(pairs, current))
    for licence in sorted(source.glob("LICENSE-*.txt")):
        shutil.copyfile(licence, out / licence.name)
    print(f"{len(units)} units")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
