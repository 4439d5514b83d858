#!/usr/bin/env bash
# Opens the program on a demo practice; without a display, plays the tour in a display of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

hmsdesk=$PWD/.venv/bin/hmsdesk
export HMSDESK_HOME=${HMSDESK_HOME:-$PWD/build/demo}
accounts=$HMSDESK_HOME/demo-accounts.txt
tour=build/tour

has_display() { [ "$(uname -s)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

make_demo() {
    echo "run: making a demo practice in $HMSDESK_HOME"
    (
        umask 077
        mkdir -p "$HMSDESK_HOME"
        "$hmsdesk" demo >"$accounts.part"
        mv "$accounts.part" "$accounts"
    )
}

open_window() {
    # What was broken off while it was made is made anew.
    if [ ! -e "$HMSDESK_HOME/workstation.json" ] || [ -e "$HMSDESK_HOME/demo-unfinished" ]; then make_demo; fi
    if [ -f "$accounts" ]; then
        echo "run: accounts of the demo practice (e-mail, password, role):"
        cat "$accounts"
    fi
    exec "$hmsdesk"
}

play_tour() {
    if ! command -v xvfb-run >/dev/null || ! command -v openbox >/dev/null; then
        echo "run: no display here, and no Xvfb with openbox to take its place; install them (installer/apt-packages.txt), then run: make run" >&2
        exit 1
    fi
    echo "run: no display here; playing the tour in one of its own"
    local status=0
    unset WAYLAND_DISPLAY
    # shellcheck disable=SC2016  # the inner shell expands them
    QT_QPA_PLATFORM=xcb xvfb-run --auto-servernum --server-args='-screen 0 1600x1000x24 -nolisten tcp' \
        sh -c 'openbox >/dev/null 2>&1 & exec "$0" tour "$1"' "$hmsdesk" "$tour" || status=$?
    show_results
    exit "$status"
}

show_results() {
    local file
    echo "run: pictures and papers lie in $PWD/$tour"
    for file in "$tour"/*/*; do
        if [ -f "$file" ]; then echo "  $file"; fi
    done
}

if has_display; then open_window; else play_tour; fi
