"""The process itself: how it starts, stops, and what a very large world costs."""

import json
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from integrations.sandbox import cli
from tests import warm
from tests.sandbox.process import ROOT, running


def test_the_first_line_tells_everything_a_client_needs(own_sandbox):
    assert set(own_sandbox.hello) == {
        "url",
        "location_id",
        "pit",
        "client_id",
        "client_secret",
        "webhook_public_key",
    }
    assert own_sandbox.hello["pit"].startswith("pit-")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_even_with_an_open_connection(number):
    with running("--contacts", "5") as sandbox:
        sandbox.search()
        sandbox.process.send_signal(number)
        assert sandbox.process.wait(timeout=120) == 0


@pytest.mark.parametrize("program", [["-m", "integrations.sandbox"], ["manage.py", "sandbox"]])
def test_a_port_that_is_taken_is_one_sentence(program):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = ["--contacts", "1", "--port", str(taken.getsockname()[1])]
        done = warm.run([*program, *options], cwd=ROOT)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "Address already in use" in done.stderr


@pytest.mark.parametrize(
    "option",
    [
        *(("--latency", text) for text in ("a-b", "5-1", "-1-5", "nan-nan", "1-inf")),
        *(("--per-contact", text) for text in ("a,b,c", "1,2", "1,-2,3")),
        *(("--rate-limit", text) for text in ("nope", "0/0", "nan/1", "100/inf")),
        ("--today", "soon"),
    ],
)
def test_an_option_that_cannot_be_is_named_in_words(option, capsys):
    parser = ArgumentParser()
    cli.add_arguments(parser)

    with pytest.raises(SystemExit) as raised:
        parser.parse_args([f"{option[0]}={option[1]}"])

    said = capsys.readouterr().err
    assert raised.value.code == 2
    assert option[1] in said
    assert "invalid" not in said
    assert "convert" not in said


@pytest.mark.parametrize(
    "option", [("--port", "99999"), ("--port", "-1"), ("--contacts", "-5"), ("--contacts", "x")]
)
def test_a_number_that_cannot_be_is_wrong_use(option):
    done = warm.run(["-m", "integrations.sandbox", *option], cwd=ROOT)

    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_manage_py_starts_the_same_server():
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--contacts", "5"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        hello = json.loads(process.stdout.readline())
        assert requests.get(f"{hello['url']}/_admin/info", timeout=120).ok
        process.terminate()
        assert process.wait(timeout=120) == 0


@pytest.mark.soak
def test_a_hundred_thousand_contacts_fit_in_a_gigabyte():
    started = time.monotonic()
    with running("--contacts", "100000") as sandbox:
        startup = time.monotonic() - started
        after, seen = None, 0
        while True:
            page = sandbox.search_tasks(limit=500, **({"searchAfter": after} if after else {}))
            seen += len(page)
            if len(page) < 500:
                break
            after = page[-1]["searchAfter"]
        assert seen == sandbox.counts()["least"]["tasks"]
        filters = [{"field": "dateUpdated", "operator": "range", "value": {"gte": "2026-11-01"}}]
        sort = [{"field": "dateUpdated", "direction": "asc"}]
        assert sandbox.search(pageLimit=500, filters=filters, sort=sort)["total"] > 1000
        memory = Path(f"/proc/{sandbox.process.pid}/status").read_text()
        peak = int(memory.split("VmHWM:")[1].split()[0]) // 1024
    print(f"start {startup:.1f} s, peak {peak} MB, {seen} tasks")
    # The time is measured and printed, not asserted: it says more about the machine's load than about the code.
    assert peak < 1024


def test_counts_and_the_limit_are_exact_under_parallel_calls(own_sandbox):
    own_sandbox.admin("rate-limit", {"limit": "50/60"})
    url = f"{own_sandbox.url}/locations/{own_sandbox.location_id}"
    headers = {"Authorization": f"Bearer {own_sandbox.pit}", "Version": "2021-07-28"}
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(requests.get, url, headers=headers, timeout=120) for _ in range(120)]
        statuses = Counter(call.result().status_code for call in calls)
    assert statuses == {200: 50, 429: 70}
    assert own_sandbox.counts()["by_operation_and_status"]["get_location"] == {"200": 50, "429": 70}


def test_what_is_no_http_gets_an_answer_and_harms_nobody(own_sandbox):
    address = urlsplit(own_sandbox.url)
    for nonsense in (b"hello\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n"):
        with socket.create_connection((address.hostname, address.port), timeout=120) as connection:
            connection.sendall(nonsense)
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert own_sandbox.search()["total"] == 20
