"""`make run` from outside: parts end with it, whatever ends it; a folder has one of it; a start can be stopped."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from config.supervisor import Part, Supervisor, spawn
from tests import ready
from tests.browser.house import answers, free_port
from tests.whole.installation import wait_until

ROOT = Path(__file__).parents[2]
RUN = [sys.executable, "-m", "config.run"]
pytestmark = [
    pytest.mark.xdist_group("supervised"),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent"),
]


class Place:
    """A data folder and a port, and the processes that run on them."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.log = folder.parent / "log"
        self.env = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(folder),
            "ENV_FILE": os.devnull,
            "PORT": str(self.port),
            "SANDBOX_CONTACTS": "20",
        }

    def start(self, command=RUN, **settings):
        env = self.env | settings
        with self.log.open("w") as log:
            return subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)

    def says(self):
        return self.log.read_text()

    def answers(self):
        return answers(f"http://127.0.0.1:{self.port}/account/login/")

    def processes(self):
        """{pid: command line} of what was started with this folder."""
        mark = f"DATA_DIR={self.folder}".encode()
        found = {}
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (place / "environ").read_bytes().split(b"\0"):
                    found[int(place.name)] = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # it ended meanwhile
        return {pid: line for pid, line in found.items() if line}

    def web_of(self, process):
        """(pid of the web server, pids of its workers) once a start is through."""
        wait_until(lambda: "Ctrl-C stops everything" in self.says(), what="the start")
        [web] = [pid for pid in self.running("granian") if parent_of(pid) == process.pid]
        return web, [pid for pid in self.running("granian") if parent_of(pid) == web]

    def running(self, part):
        return [pid for pid, line in self.processes().items() if part in line]

    def has_come_to(self, moment):
        """Whether such a part runs, or such words were said."""
        return self.running(moment) or moment in self.says()

    def wait_for_end(self):
        wait_until(lambda: not self.processes(), what=f"the end of {self.processes()}")


@pytest.fixture
def empty_place(tmp_path):
    place = Place(tmp_path / "data")
    yield place
    print(place.says()[-3000:])
    for pid in place.processes():
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def place(empty_place):
    """One in which a start finds its tables and its static files."""
    ready.put(empty_place.folder)
    return empty_place


@contextmanager
def ended(process):
    """The process is awaited, also where the test fails."""
    try:
        yield
    finally:
        process.kill()
        process.wait()


def test_parts_end_with_their_parent_and_a_folder_has_one_supervisor(empty_place):
    place = empty_place
    first = place.start()
    with ended(first):
        web, workers = place.web_of(first)
        assert len(workers) == 2

        os.kill(web, signal.SIGKILL)
        wait_until(lambda: not set(workers) & set(place.processes()), what="the end of the web server's workers")
        wait_until(
            lambda: "web ended with status -9; starting it again" in place.says(), what="another web server"
        )
        wait_until(place.answers, what="an answer of it")

        key = (place.folder / "secret_key").read_text()
        before = place.processes()
        second = subprocess.run(
            RUN,
            cwd=ROOT,
            env=place.env | {"PORT": str(free_port())},
            capture_output=True,
            text=True,
        )
        assert (second.returncode, second.stdout) == (1, "")
        assert len(second.stderr.splitlines()) == 1
        assert f"process {first.pid} on port {place.port}" in second.stderr
        assert "Stop that one first, or set DATA_DIR" in second.stderr
        assert (place.processes(), (place.folder / "secret_key").read_text()) == (before, key)

        first.kill()
        first.wait()
        place.wait_for_end()

    again = place.start()
    with ended(again):
        wait_until(lambda: "Ctrl-C stops everything" in place.says(), what="the second start")
        assert open_to_others(place.folder) == []
        [sandbox] = re.findall(r"GHL_API_BASE_URL=(\S+) \.venv/bin/python manage\.py doctor", place.says())
        assert requests.get(f"{sandbox}/_admin/info", timeout=60).ok
        assert "manage.py sync" not in place.says()  # untold of the sandbox, that would ask the real GHL
        again.terminate()
        assert again.wait(timeout=300) == 0
        assert place.processes() == {}
        assert "Traceback" not in place.says()


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("config.run", signal.SIGHUP),
        ("integrations.sandbox", signal.SIGHUP),
        ("config.prepare", signal.SIGTERM),
        ("manage.py collectstatic", signal.SIGINT),
        ("is connected", signal.SIGTERM),
        ("granian", signal.SIGINT),
    ],
)
def test_a_start_can_be_stopped_at_any_moment(empty_place, moment, number):
    place = empty_place
    if moment in ("is connected", "granian"):
        ready.put(place.folder)  # the moments before stop a start that still makes its tables and static files
    process = place.start()
    with ended(process):
        wait_until(lambda: place.has_come_to(moment) and catches(process.pid, number), what=moment)
        process.send_signal(number)

        assert process.wait(timeout=300) == 0
        place.wait_for_end()
        assert "Traceback" not in place.says()


def test_a_start_by_nohup_goes_on_without_its_terminal(place):
    process = place.start(["nohup", *RUN])
    with ended(process):
        wait_until(lambda: place.running("integrations.sandbox"), what="the first part")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: place.running("granian"), what="the next part")


def test_what_make_started_ends_with_make(place):
    code = f"import subprocess; subprocess.run({RUN!r})"
    make = place.start([sys.executable, "-c", code], MAKELEVEL="1")
    with ended(make):
        wait_until(lambda: place.running("granian"), what="a web server")
        make.kill()
        place.wait_for_end()


def test_killed_parts_are_replaced_beside_the_others_and_nobody_can_delay_a_stop(place):
    process = place.start()
    with ended(process):
        _, (killed, spared) = place.web_of(process)
        readers = [never_reads(place.port) for _ in range(20)]

        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: len(place.running("granian")) == 3 and killed not in place.processes(), what="another")

        assert spared in place.processes()
        assert "web ended" not in place.says()

        [sandbox] = place.running("integrations.sandbox")
        os.kill(sandbox, signal.SIGKILL)
        wait_until(lambda: set(place.running("integrations.sandbox")) - {sandbox}, what="another sandbox")
        assert cookies_are_read_beside_bytes_that_are_no_ascii(place)
        assert "client_secret" not in place.says()
        process.terminate()
        assert process.wait(timeout=300) == 0
        for reader in readers:
            reader.close()


ENDS_SLOWLY = """
import signal, sys, time
def end(*_):
    time.sleep(float(sys.argv[2]))
    print(sys.argv[1], file=open(sys.argv[3], "a"))
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
signal.pause()
"""


def test_the_sandbox_ends_after_those_who_read_from_it(tmp_path):
    said = tmp_path / "said"
    supervisor = Supervisor(is_started=True)
    for name, seconds in (("sandbox", "0"), ("worker", "0.5")):
        command = [sys.executable, "-c", ENDS_SLOWLY, name, seconds, str(said)]
        process = spawn(command, stdout=subprocess.PIPE)
        assert process.stdout.readline() == "ready\n"
        supervisor.parts.append(Part(name, command, process, is_adopted=name == "sandbox"))

    supervisor.stop()

    assert said.read_text().split() == ["worker", "sandbox"]


def test_a_process_whose_parent_has_ended_already_ends_at_once():
    code = "import os; from config import parent; parent.end_with(os.getpid())"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == -signal.SIGKILL


def test_a_process_that_is_no_worker_outlives_its_parent(tmp_path):
    said = tmp_path / "said"
    child = f"""if True:
        import os, time
        from pathlib import Path
        from config import parent
        parent.end_with_parent()
        before, said = os.getppid(), Path({str(said)!r})
        said.write_text("tied")
        while os.getppid() == before:
            time.sleep(0.01)
        said.write_text("alone")
    """
    # A shell that ends as soon as its child has said that it is tied.
    command = f'"{sys.executable}" -c "$CHILD" & until [ -s "{said}" ]; do sleep 0.01; done'
    subprocess.run(["sh", "-c", command], cwd=ROOT, env={**os.environ, "CHILD": child}, check=True)

    wait_until(lambda: said.read_text() == "alone", what="the end of its parent")


def cookies_are_read_beside_bytes_that_are_no_ascii(place):
    """Whether a form is taken, which needs its cookie, from a browser that keeps one of another site as well."""
    address = f"http://127.0.0.1:{place.port}/account/login/"
    token = requests.get(address, timeout=120).cookies["csrftoken"]
    cookie = f"name=José; csrftoken={token}".encode()
    form = {"login": "a@example.com", "password": "x", "csrfmiddlewaretoken": token}
    return requests.post(address, form, headers={"Cookie": cookie}, timeout=120).status_code == 200


def never_reads(port):
    """A connection with more answers under way than the system's buffers take."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    reader.connect(("127.0.0.1", port))
    reader.sendall(b"GET /static/img/throughline.png HTTP/1.1\r\nHost: localhost\r\n\r\n" * 40)
    return reader


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def catches(pid, number):
    """Whether the process has handlers of its own for this signal and SIGTERM: before, only Python has started."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [mask] = [int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:")]
    return all(mask >> (wanted - 1) & 1 for wanted in (number, signal.SIGTERM))


def open_to_others(folder):
    return [path for path in folder.rglob("*") if not path.is_symlink() and path.lstat().st_mode & 0o077]
