#!/usr/bin/env bash
# Everything that must hold before a change is kept.
#   tests/run.sh lint          style, types and import contracts
#   tests/run.sh all [ARGS]    these, then the tests; ARGS go to pytest
# A failing step doesn't hide the later ones. All tests together are shared out, file by file, among more workers than
# there are processors, as much of their time is waiting; those that ARGS choose run in one process, unless ARGS say -n.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bin=$PWD/.venv/bin
failed=''
times=''
scratch=''

step() {
    local name=$1 status=0 began=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@" || status=$?
    times+=$(printf '%-14s %4d s  %s' "$name" $((SECONDS - began)) "$([ "$status" = 0 ] && echo passed || echo "FAILED ($status)")")$'\n'
    if [ "$status" != 0 ]; then failed+=" $name"; fi
}

lint() {
    step 'ruff check' "$bin/ruff" check --output-format concise .
    step 'ruff format' "$bin/ruff" format --check .
    step 'mypy' "$bin/mypy" hmsdesk
    step 'lint-imports' "$bin/lint-imports" --no-logo
}

make_scratch() {
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    mkdir -m 700 "$scratch/keyring" "$scratch/runtime"
}

# A session bus and an unlocked keyring that know nothing of the user's own.
with_keyring() {
    if ! command -v dbus-run-session >/dev/null || ! command -v gnome-keyring-daemon >/dev/null; then
        echo "no D-Bus session or gnome-keyring here: tests of the system's keyring are skipped"
        "$@"
        return
    fi
    # shellcheck disable=SC2016  # the inner shell expands them
    dbus-run-session -- bash -c '
        printf tests | env HOME="$0" XDG_DATA_HOME="$0" XDG_CACHE_HOME="$0" XDG_CONFIG_HOME="$0" XDG_RUNTIME_DIR="$0" \
            gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
        exec "$@"' "$scratch/keyring" "$@"
}

workers() { echo $(($(getconf _NPROCESSORS_ONLN) + 1)); }

run_pytest() {
    [ $# != 0 ] || set -- -n "$(workers)"
    make_scratch
    export QT_QPA_PLATFORM=offscreen
    # Qt warns about what a bare machine lacks: a UTF-8 locale and a folder for sockets.
    if [ "$(uname -s)" = Linux ]; then export LC_ALL=C.UTF-8; fi
    export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$scratch/runtime}
    # A file stays whole, as its tests share a practice.
    with_keyring "$bin/python" -m pytest --dist loadfile --no-loadscope-reorder "$@"
}

report() {
    printf '\n%s' "$times"
    [ -z "$failed" ] || {
        echo "failed:$failed" >&2
        exit 1
    }
}

case ${1:-all} in
    lint) lint ;;
    all)
        shift || true
        lint
        step 'pytest' run_pytest "$@"
        ;;
    *)
        echo "usage: tests/run.sh lint | all [pytest arguments]" >&2
        exit 2
        ;;
esac
report
