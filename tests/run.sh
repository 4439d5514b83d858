#!/usr/bin/env bash
# Everything that must hold before a change is kept.
#   tests/run.sh lint          style, types and import contracts
#   tests/run.sh all [ARGS]    these, and the tests meanwhile; ARGS go to pytest
# A failing step doesn't hide the others. All tests together are shared out, file by file, among more workers than there
# are processors, as much of their time is waiting; those that ARGS choose run in one process, unless ARGS say -n.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bin=$PWD/.venv/bin
failed=''
times=''
scratch=''

make_scratch() {
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    mkdir -m 700 "$scratch/keyring" "$scratch/runtime"
}

# Notes how a step ended, and how long it took.
note() {
    local name=$1 status=$2 seconds=$3
    times+=$(printf '%-14s %4d s  %s' "$name" "$seconds" "$([ "$status" = 0 ] && echo passed || echo "FAILED ($status)")")$'\n'
    if [ "$status" != 0 ]; then failed+=" $name"; fi
}

step() {
    local name=$1 status=0 began=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@" || status=$?
    note "$name" "$status" $((SECONDS - began))
}

# A step beside others: what it says waits in a file for `finish`.
begin() {
    local name=$1
    shift
    {
        SECONDS=0
        status=0
        "$@" >"$scratch/$name" 2>&1 || status=$?
        echo "$status $SECONDS" >"$scratch/$name.end"
    } &
}

finish() {
    local name status seconds
    wait
    for name in "$@"; do
        read -r status seconds <"$scratch/$name.end"
        printf '\n== %s\n' "$name"
        cat "$scratch/$name"
        note "$name" "$status" "$seconds"
    done
}

begin_lint() {
    begin 'ruff check' "$bin/ruff" check --output-format concise .
    begin 'ruff format' "$bin/ruff" format --check .
    begin 'mypy' "$bin/mypy" hmsdesk
    begin 'lint-imports' "$bin/lint-imports" --no-logo
}

finish_lint() { finish 'ruff check' 'ruff format' 'mypy' 'lint-imports'; }

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
    export QT_QPA_PLATFORM=offscreen
    # A process of a test that crashes says where.
    export PYTHONFAULTHANDLER=1
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

make_scratch
case ${1:-all} in
    lint)
        begin_lint
        finish_lint
        ;;
    all)
        shift || true
        begin_lint
        step 'pytest' run_pytest "$@"
        finish_lint
        ;;
    *)
        echo "usage: tests/run.sh lint | all [pytest arguments]" >&2
        exit 2
        ;;
esac
report
