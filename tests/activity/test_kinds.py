"""Every kind says all of itself in its own file, and everything else follows from the table of kinds."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime

import pytest
from django.apps import apps

from integrations.activity.kinds import KINDS, MODELS, NAMED, OF_CONTACT, ON_TIMELINES, cached_models
from integrations.activity.kinds.kind import NOT_OWN, same_names
from integrations.activity.models import Contact, Note, RemoteObject
from integrations.activity.records import Record


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.record], ids=lambda kind: kind.name)
def test_a_kind_fills_only_columns_that_its_model_has(kind):
    required = {one.name for one in fields(kind.record) if one.name not in NOT_OWN}
    model = {field.name for field in kind.model._meta.get_fields()}

    assert required - model <= {"tags"}
    assert set(kind.keeps) | set(kind.compares) <= required


def test_a_record_may_have_one_field_of_its_own():
    @dataclass(frozen=True, kw_only=True)
    class Mark(Record):
        colour: str

    assert same_names(Mark(remote_id="m1", colour="green")) == {"colour": "green"}


def test_every_cached_model_belongs_to_one_kind_and_children_are_deleted_first():
    models = cached_models()

    assert set(models) == {model for model in apps.get_models() if issubclass(model, RemoteObject)}
    assert models.index(Note) < models.index(Contact)


def test_what_belongs_to_a_contact_stands_on_its_timeline():
    assert {kind.name for kind in OF_CONTACT} <= {kind.name for kind in ON_TIMELINES}
    assert all(kind.label and kind.one and kind.icon for kind in ON_TIMELINES)
    assert set(MODELS) == {kind.plural for kind in KINDS if kind.model}


@pytest.mark.parametrize("unseen", ["  ", "\u200b", "\u3164", "\u2800"])
def test_what_is_called_by_signs_that_nobody_sees_has_no_name(unseen):
    for kind in ("contact", "task", "note", "user", "business", "calendar", "field"):
        record = NAMED[kind].record
        names = {"name", "title", "first_name"} & {one.name for one in fields(record)}
        needs = {"contact_remote_id": "c1"} if kind in ("task", "note") else {}
        columns = NAMED[kind].columns(record(remote_id="r1", **needs, **dict.fromkeys(names, unseen)))
        assert names
        assert all(columns[name] == "" for name in names)


def test_a_person_without_a_name_is_called_by_what_else_is_known():
    record = NAMED["contact"].record(remote_id="r1", name="\u200b", phone="(802) 555-0117", country="US")
    assert str(Contact(**NAMED["contact"].columns(record))) == "+1 802-555-0117"


@pytest.mark.parametrize(("kind", "column"), [("task", "body"), ("appointment", "notes")])
def test_words_that_look_like_a_tag_stay_in_a_text_that_is_html(kind, column):
    at = datetime(2026, 11, 3, 9, tzinfo=UTC)
    source = NAMED[kind].model(**{column: "<p>Use &lt;b&gt; twice</p>"}, fetched_at=at)
    source.start_at = source.due_at = at

    assert NAMED[kind].shown(source).body == "Use &lt;b&gt; twice"
    assert "Use <b> twice" in NAMED[kind].shown(source).text
