"""`make bench`: runs every benchmark of this package, one after the other, and says when there is none."""

import pkgutil
import subprocess
import sys
from pathlib import Path


def benches() -> list[str]:
    """The names of the benchmarks, in alphabetical order."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    return sorted(module.name for module in found if not module.name.startswith("_"))


def main() -> int:
    """Run them all; the exit code is the worst of theirs."""
    names = benches()
    if not names:
        print("no benchmark yet")
        return 0
    return max(
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode for name in names
    )


if __name__ == "__main__":
    sys.exit(main())
