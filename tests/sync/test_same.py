"""What a provider writes in its own way is the same to a person; whatever a person would call changed is not."""

import pytest

from integrations.sync.push.same import same

SAME = [
    ("first_name", "Dana ", "dana"),
    ("tag_names", ["VIP", "roof"], ["vip", "Roof"]),
    ("email", "Dana@Example.com", "dana@example.com"),
    ("company", "Whitlock  Roofing", "Whitlock Roofing"),
    ("phone", "+1 (555) 010-0199", "15550100199"),
    ("body", "<p>Spoke <b>today</b></p>", "Spoke today"),
    ("source", None, ""),
    ("custom_fields.f1", 5, "5"),
    ("custom_fields.f1", "5.0", 5),
    ("custom_fields.f1", ["Slate"], "Slate"),
    ("custom_fields.f1", ["Slate", "Tin"], ["Tin", "Slate"]),
    ("custom_fields.f1", None, ""),
    ("custom_fields.f1", False, ""),
]
OTHER = [
    ("first_name", "Dana", "Dan"),
    ("tag_names", ["vip"], ["vip", "roof"]),
    ("company", "Whitlock", "WHITLOCK"),
    ("title", "Call back", "call back"),
    ("phone", "+15550100199", "+15550100198"),
    ("body", "<p>Spoke today</p>", "Spoke yesterday"),
    ("status", "Open", "open"),
    ("is_completed", True, False),
    ("custom_fields.f1", 5, "6"),
    ("custom_fields.f1", 0, ""),
    ("custom_fields.f1", True, ""),
    ("custom_fields.f1", ["Slate"], ["Slate", "Tin"]),
    ("custom_fields.f1", "Slate", "slate"),
]


@pytest.mark.parametrize(("name", "one", "other"), SAME)
def test_another_way_of_writing_a_value_is_no_change(name, one, other):
    assert same(name, one, other)
    assert same(name, other, one)


@pytest.mark.parametrize(("name", "one", "other"), OTHER)
def test_what_a_person_would_call_changed_is_a_change(name, one, other):
    assert not same(name, one, other)
    assert not same(name, other, one)
