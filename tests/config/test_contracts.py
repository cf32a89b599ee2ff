"""Who may import whom, as pyproject.toml says it."""

import subprocess
import sys
from pathlib import Path


def test_the_import_contracts_hold():
    command = [str(Path(sys.executable).with_name("lint-imports"))]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout
