#!/usr/bin/env bash
# Makes `.venv`, `node_modules`, the built assets and the compiled catalogues, each only when what it is
# made from has changed. Safe to run twice at once: a lock inside the checkout lets one go first.
set -euo pipefail
cd "$(dirname "$0")/.."

stop() { echo "coi: $1" >&2; exit 1; }

hash_of() { # names and contents of the given files and folders
    { find "$@" -type f -not -name '*.pyc' -print0 2>/dev/null || true; } | sort -z | xargs -0 -r sha256sum | sha256sum | cut -d' ' -f1
}

find_python() {
    local name
    for name in python3.11 python3; do
        if command -v "$name" >/dev/null &&
            "$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    stop "Python 3.11 is missing; on Debian 12: apt-get install python3 python3-venv"
}

make_venv() {
    local python stamp
    python=$(find_python)
    stamp="$(hash_of requirements-uv.lock requirements.lock) $("$python" -V), compiled"
    if [ -x .venv/bin/python ] && [ "$(cat .venv/.stamp 2>/dev/null)" = "$stamp" ] && .venv/bin/python -c ''; then
        return
    fi
    echo "Making .venv from requirements.lock …"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || stop "python3-venv is missing; as root: apt-get install python3-venv"
    [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || "$python" -m venv --clear .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock ||
        stop "uv could not be installed; is a package index reachable (pip config list)?"
    # Compiled once here: else every process compiles SQLAlchemy for itself where Python may not keep what it did.
    .venv/bin/uv pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes requirements-uv.lock requirements.lock ||
        stop "the packages of requirements.lock could not be installed; the lines above say which."
    # Scripts and `python -m bench.NAME` find the packages without any variable.
    pwd > "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/coi.pth"
    echo "$stamp" > .venv/.stamp
}

find_node() { # Node 18 or newer with its npm, else the one that PyPI carries
    if command -v node >/dev/null && command -v npm >/dev/null &&
        node -e "process.exit(Number(process.versions.node.split('.')[0]) < 18 ? 1 : 0)"; then
        return
    fi
    [ -x .venv/bin/npm ] || {
        echo "Node is missing; taking it from PyPI …"
        .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements-node.lock ||
            stop "Node could not be installed; give node (18 or newer) and npm on the PATH."
    }
    export PATH="$PWD/.venv/bin:$PATH"
}

make_node_modules() {
    local stamp
    stamp=$(hash_of package.json package-lock.json .npmrc)
    [ "$(cat node_modules/.stamp 2>/dev/null)" = "$stamp" ] && return
    echo "Installing front-end libraries from package-lock.json …"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error ||
        stop "the packages of package-lock.json could not be installed; the lines above say which."
    echo "$stamp" > node_modules/.stamp
}

make_assets() {
    local stamp
    stamp=$(hash_of static/css static/js static/img static/sw.js static/verifier static/bundles.json \
        scripts/build_assets.py scripts/build_verifier.py ledger/verifier_words.py \
        translations/en/LC_MESSAGES/messages.po package-lock.json)
    [ -f static/build/manifest.json ] && [ "$(cat static/build/.stamp 2>/dev/null)" = "$stamp" ] && return
    .venv/bin/python scripts/build_assets.py || stop "the assets could not be built; the lines above say why."
    echo "$stamp" > static/build/.stamp
}

make_catalogues() {
    local po
    for po in translations/*/LC_MESSAGES/messages.po; do
        [ -f "$po" ] || continue
        [ "${po%.po}.mo" -nt "$po" ] || .venv/bin/pybabel --quiet compile -i "$po" -o "${po%.po}.mo"
    done
}

compile_sources() { # only what changed
    .venv/bin/python -m compileall -q app ledger sensors_link trademarks traceability marketplace migrations \
        bench scripts tests wsgi.py
}

mkdir -p .stamps
exec 9> .stamps/lock
flock 9
make_venv
find_node
make_node_modules
make_assets
make_catalogues
compile_sources
