"""What goes wrong at GHL is told in sentences of ours; its own words stand in the details."""

import pytest

from integrations.connections.ports import SyncError
from integrations.ghl.adapter import TABLE, sync_error
from integrations.ghl.client import errors

RAW = "Xq7 internal wording"


@pytest.mark.parametrize(
    "kind",
    [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.GhlError)],
)
def test_no_sentence_repeats_what_ghl_wrote(kind):
    error = kind(RAW, status=400, operation="tasks.complete", trace_id="trace-99")
    said = sync_error(error)

    assert isinstance(said, SyncError)
    for raw in (RAW, "trace-99", "tasks.complete", "400"):
        assert raw not in str(said)
    assert "trace-99" in said.detail


@pytest.mark.parametrize(
    ("scope", "words"),
    [("contacts.write", "with the scope contacts.write."), ("", "and grant every scope.")],
)
def test_where_a_scope_is_missing_an_admin_can_reconnect_with_it(scope, words):
    said = sync_error(errors.ScopeMissing(RAW, scope=scope))
    assert said.remedy == f"An admin can reconnect this account {words}"


def test_every_cause_has_a_sentence():
    assert all(words.endswith(".") and words[0].isupper() for _, _, words in TABLE)


@pytest.mark.parametrize(
    ("matching", "field", "word"),
    [("email", "email", "email"), ("phone", "phone", "phone number"), (["odd"], "", "email or phone number")],
)
def test_what_belongs_to_another_contact_is_named_with_its_field(matching, field, word):
    said = sync_error(errors.Duplicate(RAW, meta={"contactId": "c9", "matchingField": matching}))

    assert (said.remote_id, said.field) == ("c9", field)
    assert str(said) == f"Another contact in GoHighLevel has this {word} already."
