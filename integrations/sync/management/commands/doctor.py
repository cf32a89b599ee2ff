"""Checks the installation and says, a line each, what works and what to do about what does not."""

import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.checks.registry import registry
from django.core.management.base import CommandParser
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.utils import timezone
from kombu import Connection as Broker

from integrations.connections.models import Connection
from integrations.security import rotation, strength
from integrations.sync import health, tally
from integrations.sync.management import failures
from integrations.sync.management.base import Failed, SyncCommand
from integrations.sync.models import InboundCount, InboundEvent, Pulse
from integrations.workspace.models import Workspace

SILENT = timedelta(seconds=30)
# Requests that show a wrong setting of this installation, with the way to mend it.
WRONG_PROXIES = {
    tally.NO_SCHEME: "Have the proxy in front set X-Forwarded-Proto, or set TRUSTED_PROXIES to 0.",
    tally.FEW_ADDRESSES: "Set TRUSTED_PROXIES to the number of proxies that add to X-Forwarded-For.",
}
# Requests that anybody may send, with what an admin may want to do.
STRANGERS = {tally.UNKNOWN_HOST: "If it was yours, add the host name to ALLOWED_HOSTS."}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `advice` says what to do when it is not ok."""

    check: str
    ok: bool
    says: str
    advice: str = ""


class Command(SyncCommand):
    help = "Check configuration, database, broker, worker and connections."
    # They are among what it tells; Django's own run of them would end it before it says a word.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)

    def run(self, **options: Any) -> dict[str, Any]:
        now, found = timezone.now(), database()
        findings = [*configuration(database_answers=found.ok), secret_key(), found, broker()]
        # The rest is read from the database, so it needs one that answers and has its tables.
        if found.ok:
            findings += [worker(), *connections(), *second_factors(), *webhooks(now), *requests(now)]
        if not options["json"]:
            for finding in findings:
                mark = "ok  " if finding.ok else "FAIL"
                self.stdout.write(f"{mark} {finding.check}: {finding.says} {finding.advice}".rstrip())
        broken = [finding.check for finding in findings if not finding.ok]
        answer = {"ok": not broken, "findings": [asdict(finding) for finding in findings]}
        if broken:
            raise Failed(f"Problems found: {', '.join(broken)}.", **answer)
        return answer


def secret_key() -> Finding:
    """In order all the same, since it works; but whoever guesses the key can sign in as anybody."""
    weakness = strength.weakness_of_secret_key(settings.SECRET_KEY)
    return Finding("secret key", True, weakness or "Long and varied enough.", strength.ADVICE if weakness else "")


def configuration(*, database_answers: bool = True) -> Iterator[Finding]:
    """The system checks; those that ask the database, as the ones of models do, only where it answers."""
    tags, databases = (
        (None, ["default"]) if database_answers else (list(registry.tags_available() - {Tags.models}), None)
    )
    messages = [message for message in run_checks(tags=tags, databases=databases) if message.is_serious()]
    if not messages:
        yield Finding("configuration", True, "Settings are complete.")
    for message in messages:
        yield Finding("configuration", False, message.msg, message.hint or "")


def database() -> Finding:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        says, _, advice = (failures.sentence(error) or "It cannot be used.").rpartition(". ")
        return Finding("database", False, f"{says}.", advice)
    if waiting:
        return Finding("database", False, f"{len(waiting)} migrations wait.", "Run: python manage.py migrate")
    return Finding("database", True, f"{connection.vendor} answers, all migrations are applied.")


def broker() -> Finding:
    """A message put into a queue of its own must come back."""
    try:
        with Broker(
            settings.CELERY_BROKER_URL, transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS
        ) as link:
            link.ensure_connection(max_retries=1, timeout=3)
            queue = link.SimpleQueue(f"doctor-{uuid.uuid4().hex}", no_ack=True)
            queue.put("knock")
            queue.get(timeout=3)
            queue.queue.delete()
            queue.close()
    except Exception as error:  # noqa: BLE001  each transport has errors of its own; all mean the same here
        return Finding("broker", False, f"No answer ({type(error).__name__}).", "Check CELERY_BROKER_URL.")
    return Finding("broker", True, "A message went through.")


def worker() -> Finding:
    pulse = Pulse.objects.filter(name="tick").first()
    if pulse is None:
        return Finding("worker", False, "No worker has ever run.", "Start the Celery worker and beat.")
    age = timezone.now() - pulse.at
    if age > SILENT:
        return Finding(
            "worker", False, f"Silent since {pulse.at:%Y-%m-%d %H:%M:%S} UTC.", "Start worker and beat."
        )
    return Finding("worker", True, f"Alive {age.total_seconds():.0f} s ago.")


def connections() -> Iterator[Finding]:
    found = list(Connection.objects.select_related("workspace").order_by("workspace__name", "pk"))
    statuses = health.connection_statuses(found)
    for one in found:
        status = statuses[one.pk]
        # An admin ended it here on purpose; an app that was removed at the provider may have been by mistake.
        is_in_order = status.is_usable or one.state == Connection.State.REVOKED
        advice = "" if is_in_order else "Reconnect it on the Connections page."
        if one.state == Connection.State.UNINSTALLED:
            advice += f" If it was removed on purpose: python manage.py revoke --connection {one.pk}"
        says = f"{status.label}. {status.reason} {status.warning}".strip()
        yield Finding(f"connection {one.workspace.name}", is_in_order, says, advice)
    for workspace in Workspace.objects.filter(connections=None):
        advice = "Connect it again or delete the workspace."
        yield Finding(f"connection {workspace.name}", False, "It has no credentials.", advice)


def second_factors() -> Iterator[Finding]:
    """Those that nobody can sign in with, because their secret is under a key that is not here."""
    people = rotation.unreadable_second_factors()
    if people:
        are = "person has a second factor" if len(people) == 1 else "people have second factors"
        yield Finding(
            "second factors",
            False,
            f"{len(people)} {are} that cannot be read with the keys in SECRETS_KEYS: {', '.join(people[:5])}.",
            "Put the old key back, or remove each one: python manage.py reset_second_factor --email ADDRESS",
        )


def webhooks(now: datetime) -> Iterator[Finding]:
    """What came today, what of it was not kept, and the latest event that could not be read. Says nothing where no
    webhook has ever come."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = InboundEvent.objects.filter(received_at__gte=day)
    kept = dict(today.order_by().values_list("state").annotate(Count("pk")))
    counts = InboundCount.objects.filter(day=day.date()).exclude(provider=tally.WEB)
    refused = list(counts.values_list("count", "kind").order_by("kind"))
    failed = InboundEvent.objects.filter(state=InboundEvent.State.FAILED).defer("body").order_by("-pk").first()
    if not (kept or refused or failed or InboundEvent.objects.exists()):
        return
    waiting = kept.get(InboundEvent.State.RECEIVED, 0)
    said = [f"{sum(kept.values())} kept", *(f"{count} {kind.replace('_', ' ')}" for count, kind in refused)]
    words, advice = f"Today (UTC): {', '.join(said)}; {waiting} waiting to be read.", ""
    if failed:
        words += f" The latest that failed is {failed.pk}, {failed.type}: {failed.reason}"
        advice = f"Read it again: python manage.py replay --event {failed.pk}"
    # In order all the same: a webhook is a hint, and the next sync finds what it was about.
    yield Finding("webhooks", True, words, advice)


def requests(now: datetime) -> Iterator[Finding]:
    """What was refused today before it reached a page; not in order where the proxies in front are to blame."""
    counts = InboundCount.objects.filter(provider=tally.WEB, day=now.astimezone(UTC).date())
    for count, kind in counts.values_list("count", "kind").order_by("kind"):
        said = f"Today (UTC): {count} refused, {kind.replace('_', ' ')}."
        yield Finding("requests", kind not in WRONG_PROXIES, said, (WRONG_PROXIES | STRANGERS).get(kind, ""))
