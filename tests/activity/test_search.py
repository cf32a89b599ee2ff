"""Contacts are found by any part of what people know of them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.activity.models import Contact
from integrations.activity.search import matching, search_text, walking


@pytest.fixture
def contacts(workspace, connection, now):
    def add(remote_id, name, email="", phone="", company=""):
        return Contact.objects.create(
            workspace=workspace,
            connection=connection,
            remote_id=remote_id,
            fingerprint="-",
            fetched_at=now,
            name=name,
            sort_name=name.lower(),
            search_text=search_text(name, email, phone, company),
        )

    add("c1", "Dana Whitlock", "dana@parkway.example", "+1 (503) 555-0142", "Parkway Dental")
    add("c2", "Owen Tate", "owen@parkway.example", "+1 503 555 0177", "Parkway Dental")
    add("c3", "رنا باركلي", "rana@quarry.example")
    add("c4", 'Quote "Q" Smith')


def found(query, way=matching):
    return sorted(way(Contact.objects.all(), query).values_list("remote_id", flat=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("dana", ["c1"]),
        ("PARKWAY", ["c1", "c2"]),
        ("parkway owen", ["c2"]),
        ("5550142", ["c1"]),
        ("555-0142", ["c1"]),
        ("باركلي", ["c3"]),
        ("da", ["c1"]),
        ("ta", ["c2"]),
        ('"q"', ["c4"]),
        ("100%", []),
        ("nobody", []),
        ("", ["c1", "c2", "c3", "c4"]),
    ],
)
@pytest.mark.usefixtures("contacts")
def test_a_query_finds(query, expected):
    assert found(query) == found(query, walking) == expected


@pytest.mark.usefixtures("contacts")
def test_the_index_follows_changes_and_deletions():
    Contact.objects.filter(remote_id="c1").update(search_text="somebody else")
    Contact.objects.filter(remote_id="c2").delete()

    assert found("parkway") == []
    assert found("somebody") == ["c1"]


WORDS = st.text(alphabet="abAB éßς'%_\"1", max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.lists(WORDS, max_size=12), query=WORDS)
def test_a_search_finds_what_a_plain_filter_finds(workspace, connection, now, names, query):
    shared = {"workspace": workspace, "connection": connection, "fingerprint": "-", "fetched_at": now}
    Contact.objects.all().delete()
    for number, name in enumerate(names):
        text = search_text(name)
        Contact.objects.create(remote_id=f"c{number}", sort_name=name.lower(), search_text=text, **shared)

    def fits(contact):
        return all(
            word in contact.search_text
            if len(word) >= 3
            else contact.sort_name.startswith(word) or f" {word}" in contact.search_text
            for word in query.lower().split()
        )

    expected = {contact.pk for contact in Contact.objects.all() if fits(contact)}
    for way in (matching, walking):
        assert set(way(Contact.objects.all(), query).values_list("pk", flat=True)) == expected
