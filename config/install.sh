#!/usr/bin/env sh
# Creates .venv from the hashed requirement files, and nothing else. Called by every make target.
set -eu
cd "$(dirname "$0")/.."

stamp=.venv/.installed
wanted=$(cat requirements.txt requirements-dev.txt .python-version | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; }
# Asked for by running it: a shim on PATH can exist and still fail.
find_uv() { for candidate in uv .uvtool/bin/uv; do if "$candidate" --version >/dev/null 2>&1; then echo "$candidate"; return; fi; done; }

python=
for candidate in "python$(cat .python-version)" python3.13 python3.12 python3 python; do
  if new_enough "$candidate"; then python=$candidate; break; fi
done
uv=$(find_uv)
if [ -z "$uv" ]; then
  # uv installs several times faster than pip; without it plain pip does the same work below.
  python3 -m venv .uvtool >/dev/null 2>&1 && .uvtool/bin/pip install -q uv >/dev/null 2>&1 || true
  uv=$(find_uv)
fi

# Certificates as the system knows them, like pip: companies often have an authority of their own.
export UV_SYSTEM_CERTS=true UV_NATIVE_TLS=true

if [ -n "$uv" ]; then
  "$uv" venv -q --clear --python "${python:-$(cat .python-version)}" .venv || {
    echo "Throughline needs Python 3.12 or newer and found none. Install python3.13, then run make again." >&2; exit 1; }
  "$uv" pip install -q --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.txt -r requirements-dev.txt
elif [ -n "$python" ]; then
  "$python" -m venv --clear .venv
  .venv/bin/python -m pip install -q --require-hashes -r requirements.txt -r requirements-dev.txt
else
  echo "Throughline needs Python 3.12 or newer and found none. Install python3.13, then run make again." >&2; exit 1
fi
# Ours as well: where Python is told to write no bytecode, every start would compile all of it again.
.venv/bin/python -m compileall -q config contacts_ui integrations
echo "$wanted" > "$stamp"
