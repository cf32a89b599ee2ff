"""The web server is killed while people tick: what was answered is delivered once, what was not never twice."""

import json
import random
import threading
import time

import pytest
import requests

from config.parts import WEB
from tests.browser.house import PASSWORD, answers, free_port
from tests.faults.questions import ends_well, rounds
from tests.whole.installation import kill_all, wait_until

EMAIL = "staff@example.com"
TASKS = """
import json; from integrations.activity.models import Task
rows = Task.objects.open().exclude(contact=None).order_by("pk")
print(json.dumps(list(rows.values_list("remote_id", "contact_id", "pk")[:40])))
"""
pytestmark = pytest.mark.xdist_group("whole")


class Web:
    """The product's web server on a port of its own, and a browser that is signed in."""

    def __init__(self, installation):
        self.installation, self.port = installation, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.browser = requests.Session()

    def start(self):
        options = (*WEB, "--workers", "1", "--host", "127.0.0.1", "--port", str(self.port))
        self.process = self.installation.start("-m", "granian", *options, "config.asgi:application", group=True)
        wait_until(lambda: answers(f"{self.url}/account/login/"), what="the first answer")

    def kill(self):
        kill_all(self.process)

    def sign_in(self):
        self.browser.get(f"{self.url}/account/login/", timeout=120)
        fields = {"login": EMAIL, "password": PASSWORD}
        page = self.browser.post(f"{self.url}/account/login/", fields | self.token(), timeout=120)
        assert page.ok

    def token(self):
        return {"csrfmiddlewaretoken": self.browser.cookies["csrftoken"]}

    def tick(self, contact, task):
        """Whether the server answered that it took the tick."""
        try:
            address = f"{self.url}/contacts/{contact}/tasks/{task}/complete/"
            return self.browser.post(address, self.token(), timeout=120).ok
        except requests.RequestException:
            return False


@rounds
def test_a_killed_web_server_loses_no_answered_tick_and_doubles_none(install, fresh, seed):
    sandbox = fresh("--contacts", "30", "--rate-limit", "1000000/10/100000000")
    installation = install(sandbox, WRITE_UNDO_SECONDS=0.1, SYNC_CONTACT_FRESH_SECONDS=3600)
    installation.connect("--write")
    installation.sync()
    installation.env["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
    installation.command("createsuperuser", "--noinput", "--email", EMAIL)
    tasks = json.loads(installation.command("shell", "-v0", "-c", TASKS).stdout)
    web, answered = Web(installation), set()
    web.start()
    web.sign_in()

    kills = sorted(random.Random(seed).sample(range(1, len(tasks)), 5))
    for number, (remote_id, contact, task) in enumerate(tasks):
        if number in kills:
            # In the middle of a request: whether that one was taken, nobody can say.
            hurried = threading.Thread(target=web.tick, args=(contact, task))
            hurried.start()
            time.sleep(random.Random(seed + number).random() * 0.05)
            web.kill()
            hurried.join()
            web.start()
        elif web.tick(contact, task):
            answered.add(remote_id)
    installation.command("work", "--until-idle", "--timeout", "300", "--json")

    written = sandbox.counts()["writes_by_record"]
    assert len(answered) == len(tasks) - len(kills)
    assert {name: written.get(name) for name in answered} == dict.fromkeys(answered, 1)
    assert max(written.values()) == 1
    installation.sync()
    ends_well(installation)
