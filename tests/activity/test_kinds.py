"""Every kind says all of itself in its own file, and everything else follows from the table of kinds."""

from dataclasses import fields

import pytest
from django.apps import apps

from integrations.activity.kinds import KINDS, MODELS, OF_CONTACT, ON_TIMELINES, cached_models
from integrations.activity.kinds.kind import NOT_OWN
from integrations.activity.models import Contact, Note, RemoteObject


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.record], ids=lambda kind: kind.name)
def test_a_kind_fills_only_columns_that_its_model_has(kind):
    required = {one.name for one in fields(kind.record) if one.name not in NOT_OWN}
    model = {field.name for field in kind.model._meta.get_fields()}

    assert required - model <= {"tags"}
    assert set(kind.keeps) | set(kind.compares) <= required


def test_every_cached_model_belongs_to_one_kind_and_children_are_deleted_first():
    models = cached_models()

    assert set(models) == {model for model in apps.get_models() if issubclass(model, RemoteObject)}
    assert models.index(Note) < models.index(Contact)


def test_what_belongs_to_a_contact_stands_on_its_timeline():
    assert {kind.name for kind in OF_CONTACT} <= {kind.name for kind in ON_TIMELINES}
    assert all(kind.label and kind.one and kind.icon for kind in ON_TIMELINES)
    assert set(MODELS) == {kind.plural for kind in KINDS if kind.model}
