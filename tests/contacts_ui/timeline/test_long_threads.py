"""A day's thread is one row with a true count, wherever pages of 50 would end or begin inside it."""

import re
from datetime import timedelta
from itertools import count as numbers

import pytest
from django.utils import timezone

from integrations.activity.kinds import BY_MODEL
from integrations.activity.models import Message, Note
from integrations.sync.reconcile import project
from integrations.sync.reconcile.project import refresh_derived

HTMX = {"HX-Request": "true"}
NUMBERS = numbers(1)


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


@pytest.fixture
def noon():
    return timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)


@pytest.fixture
def talk(dana):
    """So many messages up to a moment, one each half minute, the latest first."""

    def _talk(count, until, **fields):
        return stored(
            dana, Message, count, until, 30, **({"conversation_remote_id": "v1", "is_inbound": True} | fields)
        )

    return _talk


@pytest.fixture
def write(dana):
    """So many notes up to a moment, one each so many seconds."""

    def _write(count, until, every=60):
        return stored(dana, Note, count, until, every)

    return _write


def stored(contact, model, count, until, every, **fields):
    """Stored at once: hundreds of them one by one take long."""
    known = {"workspace": contact.workspace, "connection": contact.connection, "contact": contact}
    known |= {"fingerprint": "x", "fetched_at": until} | fields
    moments = [until - timedelta(seconds=every * number) for number in range(count)]
    if model is Message:
        known |= {"channel": "sms"} | fields
    when = "sent_at" if model is Message else "added_at"
    rows = [
        model(remote_id=f"r{next(NUMBERS)}", body=f"Message {at:%d %H:%M:%S}", **known, **{when: at})
        for at in moments
    ]
    made = model.objects.bulk_create(rows)
    project.store_entries(BY_MODEL[model], made)
    refresh_derived([contact.pk], timezone.now())
    return made


def shown(client, contact, address="", **headers):
    answer = client.get(f"/contacts/{contact.pk}/{address}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def rows(text):
    return text.count('<li class="entry" ')


def messages(text):
    return re.findall(r'<li class="entry[^"]*" id="(entry-\d+)"', text)


def counts(text):
    return [int(count) for count in re.findall(r"· </span>(\d+) messages</span>", text)]


def older(text):
    found = re.search(r'hx-get="[^"?]*(\?[^"]*cursor=[^"]+)"', text)
    return found and found[1].replace("&amp;", "&")


def pages(client, contact, **headers):
    address, found = "", []
    while address is not None:
        found.append(shown(client, contact, address, **(headers if address else {})))
        address = older(found[-1])
    return found


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_thread_that_crosses_a_page_is_one_row_with_its_count(as_alice, dana, noon, talk, write, headers):
    made = [*write(45, noon + timedelta(days=1)), *talk(20, noon), *write(60, noon - timedelta(days=30))]

    found = pages(as_alice, dana, **headers)

    assert [counts(text) for text in found] == [[20], [], []]
    assert [rows(text) for text in found] == [46, 50, 10]
    assert len({one for text in found for one in messages(text)}) == len(made)


def test_what_else_happened_that_day_may_stand_between(as_alice, dana, noon, talk, write):
    talk(30, noon)
    write(40, noon - timedelta(seconds=15), every=30)
    talk(5, noon, channel="whatsapp")

    [text] = pages(as_alice, dana)

    assert sorted(counts(text)) == [5, 30]


@pytest.mark.parametrize("count", [50, 51, 99, 260])
def test_a_thread_longer_than_any_page_is_one_row_too(as_alice, dana, noon, talk, write, count):
    talk(count, noon)
    write(1, noon - timedelta(days=30))

    found = pages(as_alice, dana)

    assert [counts(text) for text in found] == [[count]] + [[]] * (len(found) - 1)
    assert sum(map(rows, found)) == 2
    assert "Start of history" in found[-1]


@pytest.mark.parametrize("query", ["?kind=message", "?by=u1", "?since=2020-01-01"])
def test_filters_cut_no_thread_either(as_alice, dana, noon, talk, query):
    talk(60, noon, is_inbound=False, author_remote_id="u1")

    assert counts(shown(as_alice, dana, query)) == [60]


def test_a_search_still_pages_its_hits_by_fifty(as_alice, dana, noon, talk):
    talk(60, noon)

    text = shown(as_alice, dana, "?q=message")
    assert (rows(text), counts(text)) == (50, [])


@pytest.mark.parametrize(("thread", "place"), [(70, 0), (70, 69), (180, 30), (180, 179)])
def test_a_link_into_a_thread_shows_all_of_it_with_the_message(as_alice, dana, noon, talk, write, thread, place):
    write(120, noon + timedelta(days=1))
    made = talk(thread, noon)
    entry = dana.entries.get(kind="message", source_id=made[place].pk)

    text = shown(as_alice, dana, f"?item=entry-{entry.pk}")

    assert f"entry-{entry.pk}" in messages(text)
    assert counts(text) == [thread]


def test_a_link_into_the_very_first_thread_shows_all_of_it(as_alice, dana, noon, talk):
    made = talk(180, noon)
    entry = dana.entries.get(kind="message", source_id=made[150].pk)

    assert counts(shown(as_alice, dana, f"?item=entry-{entry.pk}")) == [180]


def test_a_link_to_what_follows_a_thread_begins_with_all_of_the_thread(as_alice, dana, noon, talk, write):
    write(120, noon + timedelta(days=1))
    talk(30, noon)
    [last] = write(1, noon - timedelta(hours=2))
    entry = dana.entries.get(kind="note", source_id=last.pk)

    text = shown(as_alice, dana, f"?item=entry-{entry.pk}")

    assert counts(text) == [30]
    assert f"entry-{entry.pk}" in messages(text)


def test_a_thread_that_goes_on_costs_one_query_and_a_page_without_one_none(
    as_alice, dana, noon, talk, write, django_assert_num_queries
):
    write(70, noon - timedelta(days=1))
    shown(as_alice, dana)
    with django_assert_num_queries(8):
        shown(as_alice, dana)
    talk(60, noon + timedelta(hours=1))
    with django_assert_num_queries(9):
        shown(as_alice, dana)
