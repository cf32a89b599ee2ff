"""What storing a record takes is worked out beforehand; what cannot be is kept apart when it is stored."""

from dataclasses import replace

import pytest
from django.utils import timezone

from integrations.activity import kinds
from integrations.activity.models import Note
from integrations.sync.models import RecordFailure, SyncRun
from integrations.sync.reconcile import Batch, apply, prepare
from tests.sync.conftest import a_contact, a_note


@pytest.mark.parametrize("error", [ValueError, OverflowError])
def test_a_record_that_cannot_be_prepared_costs_no_other(connection, monkeypatch, error):
    run = SyncRun.objects.create(connection=connection, kind="full", trigger="manual")
    batch = Batch(connection, "notes", run.pk, timezone.now())
    apply(Batch(connection, "contacts", run.pk, timezone.now()), prepare([a_contact(1)]))
    good, bad, last = a_note(1), a_note(2, body="bad"), a_note(3)
    monkeypatch.setitem(kinds.BY_RECORD, type(bad), _strict(kinds.BY_RECORD[type(bad)], error))

    counters, doubtful = apply(batch, prepare([good, bad, last]))

    assert (counters.added, counters.failed, doubtful) == (2, 1, [])
    assert list(Note.objects.order_by("remote_id").values_list("remote_id", flat=True)) == ["n1", "n3"]
    assert RecordFailure.objects.get().remote_id == "n2"


def _strict(kind, error):
    """The same kind of record, with columns that refuse one value."""

    def columns(record):
        if record.body == "bad":
            raise error("no such thing")
        return kind.columns(record)

    return replace(kind, columns=columns)
