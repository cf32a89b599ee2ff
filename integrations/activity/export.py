"""Writes the cache of a connection as lines of JSON, from model columns only, never from stored payloads."""

from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any

from integrations.activity.kinds import KINDS, NAMED
from integrations.activity.kinds.kind import Kind, iso
from integrations.activity.models import ActivityEntry, Contact

CHUNK = 2000
# As files have them from the start; a kind that is not named here stands behind.
ORDER = ("contact", "task", "note", "appointment", "business")
EXPORTED = sorted((kind for kind in KINDS if kind.exported), key=lambda kind: (*ORDER, kind.name).index(kind.name))


def rows(connection_id: int) -> Iterator[dict[str, Any]]:
    """Every cached object, one dictionary each, contacts first, in the order of their ids; tombstones included."""
    for kind in EXPORTED:
        if kind.model is None or kind.exported is None:
            continue
        found = kind.model._default_manager.filter(connection=connection_id).order_by("remote_id")
        for item in found.iterator(CHUNK):
            shared = {
                "kind": kind.name,
                "id": item.remote_id,
                "contact_id": getattr(item, "contact_remote_id", None),
            }
            yield shared | kind.exported(item) | {"deleted": item.deleted_at is not None}


def timeline(contact: Contact) -> Iterator[dict[str, Any]]:
    """One contact's activity, newest first, each with where and when it came from."""
    entries = ActivityEntry.objects.filter(contact=contact).order_by("-occurred_at", "-id").iterator(CHUNK)
    for some in batched(entries, CHUNK):
        sources = _sources(some)
        for entry in some:
            source = sources.get((entry.kind, entry.source_id))
            columns = _columns(NAMED[entry.kind], source) if source else _changed(entry)
            yield {
                "kind": entry.kind,
                "id": source.remote_id if source else entry.remote_id or None,
                "occurred_at": iso(entry.occurred_at),
                **columns,
                "fetched_at": iso(source.fetched_at) if source else None,
                "run": source.fetched_by_run if source else entry.run_id,
            }


def _columns(kind: Kind, source: Any) -> dict[str, Any]:
    exported, own = kind.exported, kind.exported_own
    return {**(exported(source) if exported else {}), **(own(source) if own else {})}


def _changed(entry: ActivityEntry) -> dict[str, Any]:
    """What was changed, old value beside new; `of` says of what, where it was not the contact itself."""
    facts = entry.facts
    return {"of": facts.get("of", "contact"), "title": entry.title, "change": facts.get("changes")}


def _sources(entries: Iterable[ActivityEntry]) -> dict[tuple[str, int | None], Any]:
    """What the entries were made from, by kind and key: one query a kind."""
    wanted: dict[str, list[int]] = {}
    for entry in entries:
        if entry.source_id is not None:
            wanted.setdefault(entry.kind, []).append(entry.source_id)
    found: dict[tuple[str, int | None], Any] = {}
    for name, keys in wanted.items():
        model: Any = NAMED[name].model
        found |= {(name, item.pk): item for item in model._default_manager.filter(pk__in=keys)}
    return found
