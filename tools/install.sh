#!/bin/sh
# Install the locked packages and this project into a virtual environment: install.sh VENV
#
# Called by the Makefile. Every download is checked against the hashes in requirements.txt, the
# installer's own included. $PYTHONS lists the interpreters to try, best first.
set -eu

venv=$1
python=$venv/bin/python

find_python() {
    for candidate in $PYTHONS; do
        if "$candidate" -c 'import sys, ensurepip, ssl, venv; sys.exit(sys.version_info < (3, 11))' \
            2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "No Python 3.11 or newer with the venv module was found (looked for: $PYTHONS)." >&2
    echo "Install one (on Debian or Ubuntu: python3 and python3-venv), or name it: make PYTHONS=/path/to/python3" >&2
    return 1
}

# pip and uv keep a cache under HOME; without a HOME that can be written to they do without.
if ! [ -w "${HOME:-/nonexistent}" ]; then
    export PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1
fi

# The caller's own pip settings may name an index or certificates, but not another place or manner.
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_NO_DEPS PIP_REQUIRE_HASHES PIP_CONSTRAINT

if ! "$python" -c 'import pip' 2>/dev/null; then
    base=$(find_python)
    echo "Making $venv with $("$base" --version)"
    "$base" -m venv --clear "$venv"
fi

awk '/^uv==/ {found = 1} found {print; if ($0 !~ /\\$/) exit}' requirements.txt >"$venv/uv.txt"
"$python" -m pip install --quiet --require-hashes -r "$venv/uv.txt"

# uv takes seconds, pip a minute or two; pip also knows the index and certificates of pip's own
# configuration, so it is asked when uv cannot reach the packages. The file names every package,
# so neither needs to look for dependencies.
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"
# Compiled now, so that no first command, nor every command of an environment that forbids
# writing bytecode, compiles three thousand modules.
"$venv/bin/uv" pip sync --quiet --compile-bytecode --python "$python" --require-hashes \
    requirements.txt || {
    echo "uv could not install the packages; asking pip" >&2
    "$python" -m pip install --quiet --no-deps --require-hashes -r requirements.txt
}
"$python" -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
