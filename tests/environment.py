"""Gives every test run its own environment before the settings are read; loaded by `-p` in pyproject.toml."""

import atexit
import os
import shutil
import signal
import sys
import tempfile

# Whatever the developer has configured for real accounts must not reach a test.
for name in [name for name in os.environ if name.startswith("GHL_")]:
    del os.environ[name]
os.environ["ENV_FILE"] = os.devnull
os.environ["LOG_LEVEL"] = "CRITICAL"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs an event loop
# A suite starts hundreds of processes: without bytecode each of them would compile what was edited once more.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# A run that a script has put into the background ignores Ctrl-C, and so would every process that a test starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if "PYTEST_XDIST_WORKER" not in os.environ:
    folder = tempfile.mkdtemp(prefix="throughline-tests-")
    os.environ["DATA_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
