"""Many contacts at once: a write each, in one batch whose progress is told and whose failures are tried again."""

import html
import re

import pytest

from integrations.connections.models import Connection
from integrations.sync.models import Write

HTMX = {"headers": {"HX-Request": "true"}}
FORM = "0123456789abcdef0123456789abcdef"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def people(workspace, make_contact):
    return [make_contact(workspace, f"Dana Number{number}", tags=("old",)) for number in range(4)]


def send(browser, contacts, act="add", value="roof", **rest):
    keys = [contact.pk for contact in contacts]
    typed = {"contact": keys, "act": act, f"value.{act}": value, "form": FORM, **rest}
    return browser.post("/contacts/bulk/", typed, **HTMX)


def test_each_row_of_the_list_can_be_chosen(as_alice, people):
    assert text(as_alice.get("/contacts/")).count("data-pick>") == 4


def test_the_bar_offers_what_can_be_done(as_alice, people):
    shown = text(as_alice.get("/contacts/bulk/", **HTMX))
    for words in ("Add tags", "Remove tags", "Set business", '<option value="old">'):
        assert words in shown


@pytest.mark.parametrize(
    ("act", "value", "operation", "changes"),
    [
        ("add", "roof, hail", "contact.add_tags", {"tag_names": ["roof", "hail"]}),
        ("remove", "old", "contact.remove_tags", {"tag_names": ["old"]}),
        ("firm", "Parkway Dental Group", "contact.set_business", {"business_remote_id": "b1"}),
    ],
)
def test_it_is_done_with_each_that_was_chosen(
    as_alice, alice, people, make_business, workspace, act, value, operation, changes
):
    firm = make_business(workspace)
    firm.remote_id = "b1"
    firm.save()

    answer = send(as_alice, people[:3], act, value)

    written = Write.objects.filter(actor=alice, operation=operation)
    assert len(set(written.values_list("batch", flat=True))) == 1
    assert set(written.values_list("target_id", flat=True)) == {one.pk for one in people[:3]}
    assert written[0].changes == changes
    assert "0 of 3 done" in text(answer)


def test_sent_twice_it_is_done_once(as_alice, people):
    send(as_alice, people)
    send(as_alice, people)
    assert Write.objects.count() == 4


def test_whoever_goes_back_to_the_bar_and_asks_for_something_else_gets_it(as_alice, people):
    send(as_alice, people)
    assert "0 of 2 done" in text(send(as_alice, people[:2], value="hail"))
    assert Write.objects.filter(changes={"tag_names": ["hail"]}).count() == 2


def hidden(answer, name):
    """What a page or the bar sends along."""
    return re.search(f'name="{name}" value="([^"]*)"', text(answer))[1]


def test_all_that_match_are_chosen_by_the_filters_of_the_list(as_alice, people, workspace, make_contact):
    make_contact(workspace, "Owen Tate")
    seen = hidden(as_alice.get("/contacts/?q=Dana"), "seen")
    send(as_alice, [], all="1", q="Dana", seen=seen)
    assert set(Write.objects.values_list("target_id", flat=True)) == {one.pk for one in people}


@pytest.mark.parametrize("filters", [{"q": "Dana"}, {"tag": "old"}, {}])
def test_where_others_match_by_now_nothing_is_sent_before_it_is_asked_again(
    as_alice, people, workspace, make_contact, filters
):
    seen = hidden(as_alice.get("/contacts/", filters), "seen")
    make_contact(workspace, "Dana Late", tags=("old",))

    asked = send(as_alice, [], all="1", seen=seen, **filters)

    assert asked.status_code == 422
    assert "Nothing was sent. You selected 4, but the list has changed: 5 match now." in text(asked)
    assert 'data-matches="5"' in text(asked)
    assert not Write.objects.exists()
    send(as_alice, [], all="1", seen=seen, agreed=hidden(asked, "agreed"), **filters)
    assert Write.objects.count() == 5


def test_as_many_others_are_asked_about_too(as_alice, people, workspace, make_contact):
    seen = hidden(as_alice.get("/contacts/?tag=old"), "seen")
    people[0].tags.clear()
    make_contact(workspace, "Dana Late", tags=("old",))

    asked = send(as_alice, [], all="1", tag="old", seen=seen)

    assert "You selected 4, but the list has changed: 4 match now." in text(asked)
    assert not Write.objects.exists()


def test_all_without_a_word_on_what_was_seen_is_asked_about(as_alice, people):
    assert "You selected all that matched, but the list has changed: 4 match now." in text(
        send(as_alice, [], all="1")
    )
    assert not Write.objects.exists()


def test_no_more_than_a_thousand_at_once_and_that_is_said(as_alice, people, monkeypatch):
    from contacts_ui.contacts import bulk

    monkeypatch.setattr(bulk, "MOST", 3)
    answer = send(as_alice, people)
    assert Write.objects.count() == 3
    assert "Only the first 1,000 were changed." in text(answer)


def test_contacts_of_others_are_not_among_them(as_mallory, people):
    answer = send(as_mallory, people)
    assert answer.status_code == 422
    assert not Write.objects.exists()


@pytest.mark.parametrize(
    ("act", "value", "sentence"),
    [
        ("add", " , ", "Nothing was changed. Enter at least one tag."),
        ("firm", "Nobody Ltd", "No business is called Nobody Ltd."),
        ("fly", "x", "Choose what to do with them."),
    ],
)
def test_what_cannot_be_taken_is_said(as_alice, people, act, value, sentence):
    answer = send(as_alice, people, act, value)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not Write.objects.exists()


def test_an_account_that_is_only_read_says_so_and_gets_nothing(as_alice, people, remote):
    Connection.objects.update(may_write=False)
    assert "Connected for reading" in text(as_alice.get("/contacts/bulk/", **HTMX))
    assert "They can only be read." in text(send(as_alice, people))
    assert not Write.objects.exists()
    assert remote.calls == []


def test_those_who_stand_so_already_are_counted(as_alice, people, workspace, make_contact):
    new = make_contact(workspace, "Owen Tate")
    assert "4 already so" in text(send(as_alice, [*people, new], value="old"))
    assert "all of them have this already" in text(send(as_alice, people, value="old", form="f" * 20))


def test_what_needed_no_change_or_was_left_out_is_still_said_while_the_rest_is_followed(
    as_alice, people, workspace, make_contact, monkeypatch
):
    from contacts_ui.contacts import bulk

    monkeypatch.setattr(bulk, "MOST", 5)
    new = [make_contact(workspace, f"Owen Tate{number}") for number in range(2)]
    answer = text(send(as_alice, [*people, *new], value="old"))

    follows = html.unescape(re.search('hx-get="([^"]+)"', answer)[1]).replace("seen=0-1-0", "seen=")
    for followed in (answer, text(as_alice.get(follows, **HTMX))):
        assert "4 already so" in followed
        assert "Only the first 1,000 were changed." in followed


def test_forty_cost_as_many_queries_as_four(
    as_alice, people, workspace, make_contact, django_assert_max_num_queries
):
    many = people + [make_contact(workspace, f"Owen Number{number}") for number in range(36)]
    with django_assert_max_num_queries(17):
        send(as_alice, people)
    with django_assert_max_num_queries(17):
        send(as_alice, many, value="hail", form="e" * 20)
    assert Write.objects.count() == 44


class TestProgress:
    @pytest.fixture(autouse=True)
    def _sent(self, as_alice, people):
        send(as_alice, people)
        self.keys = list(Write.objects.order_by("id").values_list("pk", flat=True))
        self.batch = Write.objects.values_list("batch", flat=True)[0]
        self.address = f"/contacts/bulk/{self.batch}/"

    def stand(self, state, *keys, **fields):
        Write.objects.filter(pk__in=keys).update(state=state, **fields)

    def test_it_counts_what_is_done_what_failed_and_what_waits(self, as_alice):
        self.stand("confirmed", *self.keys[:2])
        self.stand("failed", self.keys[2], reason="GHL said no.")
        shown = text(as_alice.get(self.address, **HTMX))
        assert "2 of 4 done, 1 failed" in shown
        assert "1 waiting" in shown
        assert 'GHL said no. <span class="num">(1 contact)</span>' in shown
        assert "Retry 1" in shown
        assert 'hx-trigger="every 1s"' in shown

    def test_the_end_leads_to_those_that_failed(self, as_alice):
        self.stand("confirmed", *self.keys[1:])
        assert 'href="/changes/">See which</a>' not in text(as_alice.get(self.address, **HTMX))
        self.stand("failed", self.keys[0], reason="GHL said no.")
        assert 'href="/changes/">See which</a>' in text(as_alice.get(self.address, **HTMX))
        assert "GHL said no." in text(as_alice.get("/changes/"))

    def test_it_answers_only_when_it_has_moved(self, as_alice):
        assert as_alice.get(f"{self.address}?seen=0-4-0", **HTMX).status_code == 204
        assert as_alice.get(f"{self.address}?seen=1-3-0", **HTMX).status_code == 200

    def test_it_stops_asking_at_the_end(self, as_alice):
        self.stand("confirmed", *self.keys)
        shown = text(as_alice.get(self.address, **HTMX))
        assert "4 tagged" in shown
        assert "data-finished" in shown
        assert "every 1s" not in shown

    def test_what_failed_is_sent_again(self, as_alice):
        self.stand("confirmed", *self.keys[1:])
        self.stand("failed", self.keys[0], reason="No.")
        answer = as_alice.post(f"{self.address}retry/", **HTMX)
        assert "3 of 4 done" in text(answer)
        assert Write.objects.filter(batch=self.batch, state="queued").get().retries == 1

    def test_what_can_only_be_read_by_now_is_said(self, as_alice):
        self.stand("failed", *self.keys, reason="No.")
        Connection.objects.update(may_write=False)
        for answer in (
            as_alice.post(f"{self.address}retry/", **HTMX),
            as_alice.post(f"{self.address}retry/", follow=True),
        ):
            assert "4 contacts of Cedar North were not retried. This account is connected for reading." in text(
                answer
            )

    def test_it_is_nobody_elses(self, as_bob, as_mallory):
        for browser in (as_bob, as_mallory):
            assert browser.get(self.address).status_code == 404
            assert browser.post(f"{self.address}retry/").status_code == 404


def test_it_works_without_scripts(as_alice, people):
    chosen = as_alice.post("/contacts/bulk/", {"contact": [people[0].pk]})
    assert f'name="contact" value="{people[0].pk}"' in text(chosen)
    typed = {"contact": [people[0].pk], "act": "add", "value.add": "roof", "form": FORM}
    address = as_alice.post("/contacts/bulk/", typed)["Location"]
    assert address == f"/contacts/bulk/{Write.objects.get().batch}/"
    assert "<html" in text(as_alice.get(address))
