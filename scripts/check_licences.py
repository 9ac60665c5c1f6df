"""Licence gate: every installed package has a licence that lets an office run and pass on this program.

A GPL package may only be a named tool that stands beside the program and is reached over HTTP or a pipe.
"""

import json
import re
import subprocess
import sys

ALLOWED = re.compile(
    r"MIT|BSD|Apache|ISC|Python Software Foundation|PSF|Mozilla Public|MPL|Unlicense|The Unlicense"
    r"|Public Domain|CC0|HPND|Zlib|LGPL|Lesser General Public|0BSD|ZPL|CNRI|Historical Permission",
    re.IGNORECASE,
)
TOOLS = {
    "localstripe": "GPL-3.0: a payment server for tests, a process of its own, reached over HTTP only",
    "djlint": "GPL-3.0: lints templates, runs as a process of its own",
    "pip-licenses": "prints this very list",
}
READ_BY_HAND: dict[str, str] = {}
"""Packages whose metadata names no licence; the value says where it was read."""


def main() -> int:
    """Print each package whose licence is not allowed; 1 when there is one."""
    command = [sys.executable, "-m", "piplicenses", "--format=json", "--from=all", "--with-system"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    faults = [f"{each['Name']} {each['Version']}: {licence_of(each)}" for each in told if not allowed(each)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def licence_of(package: dict[str, str]) -> str:
    """What the package's metadata says: the SPDX expression if there is one, else its classifiers."""
    for kind in ("License-Expression", "License-Classifier", "License-Metadata"):
        if package.get(kind, "UNKNOWN") not in ("UNKNOWN", ""):
            return package[kind].splitlines()[0]
    return "UNKNOWN"


def allowed(package: dict[str, str]) -> bool:
    """Tell whether a package may be here."""
    if package["Name"].lower() in TOOLS or package["Name"].lower() in READ_BY_HAND:
        return True
    parts = re.split(r"\s+OR\s+|;\s*", licence_of(package).replace("(", "").replace(")", ""))
    # With AND every part must be allowed; with OR, or several classifiers, one is enough.
    return any(all(ALLOWED.search(each) for each in re.split(r"\s+AND\s+", part)) for part in parts)


if __name__ == "__main__":
    sys.exit(main())
