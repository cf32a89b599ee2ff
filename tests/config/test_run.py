"""`make run` says in one sentence why it does not start, before anything runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CALLBACK = "/integrations/oauth/callback/"


def run(folder, **settings):
    env = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "ENV_FILE": os.devnull, **settings}
    command = [sys.executable, "-m", "config.run"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            out, err = process.communicate(timeout=45)
        except subprocess.TimeoutExpired:
            # It did start: asked politely, it ends its parts too.
            process.terminate()
            out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("GHL_CLIENT_SECRET", {"GHL_CLIENT_ID": "id"}),
        ("GHL_CLIENT_ID", {"GHL_CLIENT_SECRET": "secret"}),
        (
            "GHL_REDIRECT_URI",
            {
                "GHL_CLIENT_ID": "id",
                "GHL_CLIENT_SECRET": "secret",
                "GHL_REDIRECT_URI": f"http://crm.example{CALLBACK}",
            },
        ),
        ("GHL_TIMEOUT", {"GHL_TIMEOUT": "-1"}),
        ("PORT", {"PORT": "http"}),
    ],
)
def test_a_wrong_setting_stops_the_start_by_its_name(tmp_path, name, settings):
    done = run(tmp_path, **settings)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
    assert done.stdout == ""  # nothing was started, so there is nothing to stop


def test_an_app_in_the_env_file_is_a_real_account_and_no_demo(tmp_path):
    (tmp_path / "env").write_text("GHL_CLIENT_ID=id\n")

    done = run(tmp_path, ENV_FILE=str(tmp_path / "env"))

    assert (done.returncode, done.stdout) == (1, "")
    assert "GHL_CLIENT_SECRET" in done.stderr


def test_no_demo_starts_over_a_real_installation(tmp_path):
    env = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull}
    make = "from integrations.workspace.models import Workspace; Workspace.objects.create(name='Cedar')"
    for command in (["migrate", "--verbosity", "0"], ["shell", "--no-imports", "-c", make]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True, capture_output=True)

    done = run(tmp_path)

    assert done.returncode == 1
    assert "This data folder holds a real installation." in done.stderr
    assert "Traceback" not in done.stderr
