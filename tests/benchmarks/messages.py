"""An account with 200,000 messages: what its first read takes, and one that finds nothing new."""

from tests.benchmarks.rows import NO_LIMIT, UNLIMITED, Row, cost_of, installed

CONTACTS, EACH = 400, 500
MESSAGES, PAGE = CONTACTS * EACH, 100
MANY = ("--contacts", str(CONTACTS), "--per-contact", f"1,0,0,0,{EACH}", *NO_LIMIT)
COUNT = "from integrations.activity.models import Message; print(Message.objects.present().count())"


def rows():
    with installed(*MANY, **UNLIMITED) as (sandbox, installation):
        first, asked = read(sandbox, installation)
        held = stored(installation)
        pages = MESSAGES // PAGE
        yield Row(
            f"requests, {MESSAGES:,} messages, first read",
            f"{asked:,} (x {asked / pages:.3f})",
            f"{pages:,} pages of {PAGE}",
            "<= x 1.02",
        )
        yield Row("messages stored after it", f"{held:,}", must=f"{MESSAGES:,}")
        yield Row("messages/s, no limit", f"{MESSAGES / first.seconds:.0f}", f"{first.seconds:.0f} s")
        yield Row("peak memory, MB", f"{first.peak:.0f}", must="<= 150")
        again, asked = read(sandbox, installation)
        yield Row("requests for messages, nothing new", f"{asked}", f"{again.seconds:.1f} s in all", "<= 2")
        whole, asked = read(sandbox, installation, "--full")
        yield Row("requests for messages, full sync that somebody starts", f"{asked:,}", f"{whole.seconds:.0f} s")


def read(sandbox, installation, *options):
    """What a sync takes, and how often it asked for messages."""
    sandbox.admin("reset-counts")
    cost = cost_of("manage.py", "sync", "--json", *options, env=installation.env)
    return cost, sandbox.counts()["by_operation"]["export_messages"]


def stored(installation):
    return int(installation.command("shell", "-v0", "-c", COUNT).stdout.splitlines()[-1])
