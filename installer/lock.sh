#!/usr/bin/env bash
# Writes requirements.lock: every package, for every system, with its hashes.
# What is locked stays as it is; `installer/lock.sh --upgrade` takes the newest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

uv_version=0.13.8
tools=build/lock-tools
# Trust what the machine trusts: a network may check TLS with an authority of its own.
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true}

find_uv() {
    local uv
    for uv in uv .venv/bin/uv "$tools/bin/uv"; do
        if command -v "$uv" >/dev/null; then
            echo "$uv"
            return
        fi
    done
}

install_uv() {
    local python=python3
    if [ -x .venv/bin/python ]; then python=.venv/bin/python; fi
    "$python" -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
}

uv=$(find_uv)
if [ -z "$uv" ]; then
    install_uv
    uv=$(find_uv)
fi
"$uv" pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
    --group dev pyproject.toml --output-file requirements.lock "$@"
