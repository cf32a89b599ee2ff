"""Contacts are found by any part of what people know of them."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from integrations.activity.folding import folded
from integrations.activity.models import Contact
from integrations.activity.search import matching, search_text, sort_name, walking


@pytest.fixture
def contacts(workspace, connection, now):
    def add(remote_id, name, email="", phone="", company="", country=""):
        return Contact.objects.create(
            workspace=workspace,
            connection=connection,
            remote_id=remote_id,
            fingerprint="-",
            fetched_at=now,
            name=name,
            sort_name=sort_name(name),
            search_text=search_text(name, email, phone, company, country),
        )

    add("c1", "Dana Whitlock", "dana@parkway.example", "+1 (503) 555-0142", "Parkway Dental")
    add("c2", "Owen Tate", "owen@parkway.example", "+1 503 555 0177", "Parkway Dental")
    add("c3", "رنا باركلي", "rana@quarry.example")
    add("c4", 'Quote "Q" Smith')
    add("c5", "LUCÍA Zoë Groß", phone="+18025550117")
    add("c6", "Jose\u0301 Ｗｉｄｅ", phone="+1 555 010 0188 ext. 23")
    add("c7", "İstanbul Ørsted", phone="020 7946 0018", country="GB")
    add("c8", "Zero\u200bWidth", company="24-7 Towing", phone="(416) 555-0199", country="US")


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
        ("", ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"]),
        # accents, case and width
        ("lucia", ["c5"]),
        ("LUCI\u0301A", ["c5"]),
        ("zoe gross", ["c5"]),
        ("ZOË GROSS", ["c5"]),
        ("lu", ["c5"]),
        ("josé wide", ["c6"]),
        ("istanbul orsted", ["c7"]),
        ("ISTANBUL", ["c7"]),
        ("zerowidth", ["c8"]),
        ("ｄａｎａ", ["c1"]),
        # ways to write a number
        ("(802) 555-0117", ["c5"]),
        ("802-555-0117", ["c5"]),
        ("802.555.0117", ["c5"]),
        ("+1 802 555 0117", ["c5"]),
        ("555-0117", ["c5"]),
        ("555 0117", ["c5"]),
        ("(555) 010-0188", ["c6"]),
        ("555.010.0188", ["c6"]),
        ("15550100188", ["c6"]),
        ("020 7946 0018", ["c7"]),
        ("+44 20 7946 0018", ["c7"]),
        ("+44 (0)20 7946 0018", ["c7"]),
        ("0044 20 79460018", ["c7"]),
        ("+1 416 555 0199", ["c8"]),
        ("lucia 555-0117", ["c5"]),
        ("555-0117 owen", []),
        ("24-7", ["c8"]),
        ("503 555", ["c1", "c2"]),
        ("503/555", ["c1", "c2"]),
        ("50 3", []),  # too few digits for a number: two words, each of which must start one
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
    assume(query.count("1") < 4)  # more of them are read as a telephone number
    Contact.objects.all().delete()
    for number, name in enumerate(names):
        text = search_text(name)
        Contact.objects.create(remote_id=f"c{number}", sort_name=sort_name(name), search_text=text, **shared)

    def fits(contact):
        return all(
            word in contact.search_text
            if len(word) >= 3
            else contact.sort_name.startswith(word) or f" {word}" in contact.search_text
            for word in folded(query).split()
        )

    expected = {contact.pk for contact in Contact.objects.all() if fits(contact)}
    for way in (matching, walking):
        assert set(way(Contact.objects.all(), query).values_list("pk", flat=True)) == expected
