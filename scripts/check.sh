#!/usr/bin/env bash
# `make check`: every gate runs, each with one line; what failed is shown whole, and the exit code is 1.
set -uo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-.venv/bin/python}
BIN=$(dirname "$PYTHON")
failed=()

gate() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then
        printf 'ok      %s\n' "$name"
    else
        printf 'FAILED  %s\n%s\n' "$name" "$said"
        failed+=("$name")
    fi
}

gate "format" "$BIN/ruff" format --check .
gate "lint" "$BIN/ruff" check .
gate "types" "$PYTHON" -m mypy
gate "types of scripts and benches" "$PYTHON" -m mypy -p scripts -p bench
gate "import contracts" "$BIN/lint-imports"
gate "templates" "$BIN/djlint" templates --lint --quiet
gate "translations" "$PYTHON" scripts/check_translations.py
gate "installed packages agree" "$PYTHON" -m pip check
gate "locks" "$PYTHON" scripts/check_locks.py
gate "licences" "$PYTHON" scripts/check_licences.py
gate "secrets" "$PYTHON" scripts/check_secrets.py
gate "anchor contract" "$PYTHON" -m scripts.build_contract --check

if [ ${#failed[@]} -gt 0 ]; then
    printf '\n%d gate(s) failed: %s\n' "${#failed[@]}" "$(IFS=,; echo "${failed[*]}")"
    exit 1
fi
