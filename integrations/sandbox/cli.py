"""The command line of the sandbox: reads the options, prints one line of JSON, serves until told to stop."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable
from datetime import date
from types import FrameType

from integrations.sandbox.http.faults import parse_faults
from integrations.sandbox.http.limits import RateLimiter, parse_rate_limit
from integrations.sandbox.http.server import SandboxServer
from integrations.sandbox.webhooks.faults import KINDS as WEBHOOK_FAULTS
from integrations.sandbox.webhooks.faults import parse_webhook_faults
from integrations.sandbox.world import Options, World

# Numbers that --per-contact takes.
MANY = (3, 4, 5)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, shared by `manage.py sandbox` and `python -m integrations.sandbox`."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=_port, default=0, help="0 picks a free one")
    parser.add_argument(
        "--contacts", type=_count, default=250, help="of the first sub-account; the second has a fifth"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same data")
    parser.add_argument("--today", type=_day, help="the day that the stories lead up to")
    parser.add_argument("--per-contact", type=_counts, help="NOTES,TASKS,APPOINTMENTS[,DEALS[,MESSAGES]]")
    parser.add_argument(
        "--variant", choices=("A", "B"), default="A", help="B: other ids, other order, fewer fields"
    )
    parser.add_argument(
        "--rate-limit",
        nargs="?",
        const=RateLimiter(enforced=True),
        default=RateLimiter(),
        type=_rate_limit,
        help="enforce REQUESTS/SECONDS, 100/10 when no value is given",
    )
    parser.add_argument("--latency", type=_range, default=(0.0, 0.0), help="MIN-MAX in milliseconds")
    parser.add_argument("--faults", type=_faults, default={}, help="KIND=PROBABILITY,...")
    parser.add_argument("--webhook-url", default="", help="where signed events are posted")
    parser.add_argument(
        "--webhook-faults",
        type=_webhook_faults,
        default={},
        help=f"KIND=PROBABILITY,... of {', '.join(WEBHOOK_FAULTS)}",
    )


def options_from(arguments: argparse.Namespace) -> Options:
    return Options(
        contacts=arguments.contacts,
        seed=arguments.seed,
        variant=arguments.variant,
        today=arguments.today,
        per_contact=arguments.per_contact,
        rate_limit=arguments.rate_limit,
        latency=arguments.latency,
        faults=arguments.faults,
        webhook_url=arguments.webhook_url,
        webhook_faults=arguments.webhook_faults,
    )


def serve(options: Options, host: str, port: int) -> int:
    """Serves until SIGTERM or SIGINT. The first line of stdout is everything that a client needs to know."""
    world = World(options)
    try:
        listening = SandboxServer((host, port), world)
    except OSError as error:
        reason = error.strerror or error
        print(f"The sandbox cannot listen on {host}:{port} ({reason}). Choose another --port.", file=sys.stderr)  # noqa: T201
        return 1
    with listening as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stopper(server))
        # Flushed at once: whoever started the process waits for this line.
        print(json.dumps(credentials(world, host, server.server_address[1])), flush=True)  # noqa: T201
        server.serve_forever(poll_interval=0.1)
    return 0


def credentials(world: World, host: str, port: object) -> dict[str, str]:
    first = world.first.id
    return {
        "url": f"http://{host}:{port}",
        "location_id": first,
        "pit": world.private_tokens[first],
        "client_id": world.client_id,
        "client_secret": world.client_secret,
        "webhook_public_key": world.sender.public_key,
    }


def main() -> int:
    """`python -m integrations.sandbox`: starts without Django."""
    parser = argparse.ArgumentParser(prog="sandbox", description=sys.modules[__name__].__doc__)
    add_arguments(parser)
    arguments = parser.parse_args()
    return serve(options_from(arguments), arguments.host, arguments.port)


def _stopper(server: SandboxServer) -> Callable[[int, FrameType | None], None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # shutdown() waits for the loop that this handler interrupted: only another thread may call it.
        threading.Thread(target=server.shutdown).start()

    return stop


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > 5 or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"ports go from 0 to 65535, not {text[:40]}")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"a whole number is needed, not {text[:40]}")
    return int(text)


def _counts(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) not in MANY or not all(part.isdecimal() and len(part) < 10 for part in parts):
        raise argparse.ArgumentTypeError(f"numbers of notes, tasks and appointments are needed, not {text[:40]}")
    return tuple(int(part) for part in parts)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a day such as 2026-03-02 is needed, not {text[:40]}") from None


def _range(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    try:
        found = float(low), float(high or low)
    except ValueError:
        found = -1.0, -1.0
    if not 0 <= found[0] <= found[1] < float("inf"):  # neither is what is no number
        raise argparse.ArgumentTypeError(f"milliseconds such as 150-400 are needed, not {text[:40]}")
    return found


def _rate_limit(text: str) -> RateLimiter:
    try:
        return parse_rate_limit(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _faults(text: str) -> dict[str, float]:
    try:
        return parse_faults(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _webhook_faults(text: str) -> dict[str, float]:
    try:
        return parse_webhook_faults(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
