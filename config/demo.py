"""The demo behind `make run`: a sandbox in GHL's place, connected by the real OAuth path, and its sign-ins."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from http.client import HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

from config import env
from config.supervisor import spawn
from integrations.ghl.scopes import asked

PASSWORD = "throughline-demo"  # noqa: S105  printed on purpose; the demo listens on loopback only
REDIRECT = "http://127.0.0.1/integrations/oauth/callback/"
WAIT_SECONDS = 60


class NoRedirect(HTTPRedirectHandler):
    """The code is in the address that the consent page sends the browser to; nobody needs to go there."""

    def redirect_request(self, *_: Any) -> None:
        return None


def wanted() -> bool:
    """A sandbox stands in for GHL unless a real app is configured."""
    return not env.secret("GHL_CLIENT_ID")


def sandbox_port() -> int:
    """Where the sandbox listens; 0 lets the system choose."""
    return env.integer("SANDBOX_PORT", 0, most=env.LARGEST_PORT)


def sandbox_contacts() -> int:
    """How many contacts the sandbox invents: each costs memory."""
    return env.integer("SANDBOX_CONTACTS", 250, least=1, most=1_000_000)


def start_sandbox(
    remember: Callable[[str, list[str], "subprocess.Popen[str]"], None], port: int
) -> Mapping[str, str]:
    """Start the sandbox and point the environment of this process and its children at it; returns its facts."""
    command = [sys.executable, "-m", "integrations.sandbox", "--port", str(sandbox_port())]
    command += ["--contacts", str(sandbox_contacts())]
    process = spawn(command, stdout=subprocess.PIPE)
    # At once: a start that is stopped here ends it in order too.
    remember("sandbox", command, process)
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        sys.exit("The sandbox did not start; its message is above.")
    facts: dict[str, str] = json.loads(line)
    # Kept for a sandbox that is started again: it is found under the same address, and posts at once.
    command[command.index("--port") + 1] = str(urlsplit(facts["url"]).port)
    command += ["--webhook-url", webhook_url(port)]
    os.environ.update(
        GHL_API_BASE_URL=facts["url"],
        GHL_AUTHORIZE_URL=f"{facts['url']}/v2/oauth/chooselocation",
        GHL_CLIENT_ID=facts["client_id"],
        GHL_CLIENT_SECRET=facts["client_secret"],
        GHL_WEBHOOK_ED25519_KEYS=facts["webhook_public_key"],
    )
    return facts


def webhook_url(port: int) -> str:
    """Where this installation takes events."""
    return f"http://127.0.0.1:{port}/integrations/webhook/"


def post_webhooks(facts: Mapping[str, str], port: int) -> None:
    """Have the sandbox post its events, now that somebody is there to take them."""
    body = json.dumps({"url": webhook_url(port)}).encode()
    urlopen(Request(f"{facts['url']}/_admin/webhooks", body)).close()  # noqa: S310  our own sandbox


def approved_code(location_id: str) -> str:
    """The code that approving the consent page for this sub-account gives, as a person would."""
    fields = {
        "response_type": "code",
        "client_id": os.environ["GHL_CLIENT_ID"],
        "redirect_uri": REDIRECT,
        "scope": " ".join(asked(write=True)),
        "location_id": location_id,
        "decision": "approve",
    }
    request = Request(os.environ["GHL_AUTHORIZE_URL"], urlencode(fields).encode())  # noqa: S310  our own sandbox
    try:
        build_opener(NoRedirect).open(request)
    except HTTPError as answer:
        target = answer.headers.get("Location") or ""
        code = parse_qs(urlsplit(target).query).get("code")
        if code:
            return code[0]
    sys.exit("The sandbox's consent page gave no code; the demo account could not be connected.")


def wait_for_web(port: int) -> None:
    """Return once the web server answers, whatever it says: asked by this name, it may well refuse."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            response: HTTPResponse = urlopen(f"http://127.0.0.1:{port}/account/login/", timeout=10)
        except HTTPError as refusal:
            refusal.close()
            return
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            response.close()
            return
    sys.exit(f"The web server does not answer on port {port} after {WAIT_SECONDS} s. Its messages are above.")


def welcome(port: int) -> str:
    """What to open and how to sign in."""
    sandbox = os.environ["GHL_API_BASE_URL"]
    return (
        f"\n  Throughline runs at http://127.0.0.1:{port}/\n\n"
        f"  Sign in as   admin@demo.example, manager@demo.example or rep@demo.example\n"
        f"  Password     {PASSWORD}\n\n"
        f"  A sandbox plays GHL. Commands in another terminal ask it once they are told where it is:\n"
        f"  GHL_API_BASE_URL={sandbox} .venv/bin/python manage.py doctor\n\n"
        f"  Ctrl-C stops everything.\n"
    )


def welcome_to_real_account(port: int) -> str:
    """How to go on with a real GHL account."""
    redirect = os.environ.get("GHL_REDIRECT_URI", "")
    oauth = (
        f"  OAuth returns to {redirect}\n"
        if redirect.startswith("https://")
        else "  OAuth needs GHL_REDIRECT_URI: a public https address of /integrations/oauth/callback/ here.\n"
        "  A private integration token needs none: Connections, Use a private token.\n"
    )
    return (
        f"\n  Throughline runs at http://127.0.0.1:{port}/ against the real GHL API.\n\n{oauth}"
        "  Create the first person: .venv/bin/python manage.py createsuperuser\n\n  Ctrl-C stops everything.\n"
    )
