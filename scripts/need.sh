#!/usr/bin/env bash
# `scripts/need.sh chromium|postgresql`: a system package is there afterwards, or one sentence says what to do.
# Only root installs; nobody else's machine is changed.
set -euo pipefail

have() {
    case "$1" in
        chromium) [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null ;;
        postgresql) [ -n "${TEST_DATABASE_URL:-}" ] || command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 ;;
        *) echo "need.sh: unknown package $1" >&2; exit 2 ;;
    esac
}

package=$1
have "$package" && exit 0
if [ "$(id -u)" != 0 ]; then
    echo "coi: $package is missing; as root: apt-get install $package" >&2
    exit 1
fi
echo "Installing $package …"
log=$(mktemp)
{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package"; } >"$log" 2>&1 || {
    tail -5 "$log" >&2
    echo "coi: $package could not be installed; the lines above say why, all of it is in $log" >&2
    exit 1
}
rm -f "$log"
