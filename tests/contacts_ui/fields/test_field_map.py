"""Custom fields of an account: admins decide which ones profiles show, in which order, and how."""

import re

import pytest

from contacts_ui.formatting.custom_fields import Definition, shown
from integrations.activity.models import Contact, ShownField
from integrations.workspace.models import AuditEntry

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def dana(workspace, make_contact, make_field):
    for position, (key, name, data_type) in enumerate(
        [("f1", "Budget", "TEXT"), ("f2", "Roof", "TEXT"), ("f3", "Signed", "TEXT")]
    ):
        make_field(workspace, name, remote_id=key, data_type=data_type, position=position)
    values = [{"id": "f1", "value": "48000"}, {"id": "f2", "value": "Flat"}, {"id": "f3", "value": "true"}]
    return make_contact(workspace, custom_fields=values)


@pytest.fixture
def address(workspace):
    return f"/connections/{workspace.pk}/fields/"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def save(browser, address, order=("f1", "f2", "f3"), hidden=(), **how):
    typed = {"field": list(order)} | {f"shown.{key}": "on" for key in order if key not in hidden}
    return browser.post(address, typed | how)


def profile(browser, dana):
    page = text(browser.get(f"/contacts/{dana.pk}/"))
    start = page.index("<h2>Fields</h2>")
    return re.findall(
        r"<dt>(.*?)</dt> <dd dir=\"auto\"> (.*?) </dd>", page[start : page.index("Contact id", start)]
    )[:3]


def test_each_is_listed_with_its_type_and_samples(as_carol, dana, address):
    shown_page = text(as_carol.get(address))
    for words in ("Budget", "Text", "48000", "in 1 of 1"):
        assert words in shown_page


def test_what_is_decided_shows_on_the_profile(as_carol, as_alice, carol, dana, address):
    assert [name for name, _ in profile(as_alice, dana)] == ["Budget", "Roof", "Signed"]

    save(as_carol, address, ("f3", "f1", "f2"), hidden=("f2",), **{"as.f1": "number", "as.f3": "yes_no"})

    assert [(name, value.strip()) for name, value in profile(as_alice, dana)] == [
        ("Signed", "Yes"),
        ("Budget", "48,000"),
    ]
    assert AuditEntry.objects.get(act="fields.map").actor == carol


@pytest.mark.parametrize(
    ("pressed", "order"), [({"up": "f2"}, ["f2", "f1", "f3"]), ({"down": "f2"}, ["f1", "f3", "f2"])]
)
def test_one_is_moved_up_or_down(as_carol, dana, address, pressed, order):
    save(as_carol, address, **pressed)
    assert list(ShownField.objects.order_by("position").values_list("remote_id", flat=True)) == order


def test_a_field_that_comes_later_stands_behind_those_decided(
    as_carol, as_alice, dana, address, workspace, make_field
):
    save(as_carol, address)
    make_field(workspace, "Age", remote_id="f0", position=0)
    Contact.objects.filter(pk=dana.pk).update(custom_fields=[*dana.custom_fields, {"id": "f0", "value": "9"}])
    page = text(as_alice.get(f"/contacts/{dana.pk}/"))
    assert page.index(">Signed<") < page.index(">Age<")


def test_what_a_search_leaves_out_stays_as_it_is(as_carol, dana, address):
    save(as_carol, address, ("f3", "f1", "f2"), hidden=("f2",))
    save(as_carol, f"{address}?q=budget", ("f1",), hidden=("f1",))
    kept = ShownField.objects.order_by("position").values_list("remote_id", "is_shown")
    assert list(kept) == [("f3", True), ("f1", False), ("f2", False)]


@pytest.mark.parametrize("search", ["Dachgröße", "DACHGRÖSSE", "dachgrosse", "grosse zoe", "ＺＯＥ"])
def test_a_search_finds_a_name_however_it_is_spelled(as_carol, dana, address, workspace, make_field, search):
    make_field(workspace, "Dachgröße Zoë")

    listed = text(as_carol.get(address, {"q": search}))

    assert "Dachgröße Zoë" in listed
    assert "Budget" not in listed


def test_fields_of_another_account_are_not_decided(as_carol, dana, address, other_workspace, make_field):
    make_field(other_workspace, "Secret", remote_id="x9")
    save(as_carol, address, ("f1", "x9"))
    assert set(ShownField.objects.values_list("remote_id", flat=True)) == {"f1"}


def test_managers_read_admins_decide_and_nobody_else_finds_it(
    as_alice, as_bob, as_carol, as_mallory, dana, address
):
    assert [one.get(address).status_code for one in (as_alice, as_bob, as_carol, as_mallory)] == [
        404,
        200,
        200,
        404,
    ]
    assert [save(one, address).status_code for one in (as_alice, as_bob, as_mallory, as_carol)] == [
        404,
        404,
        404,
        302,
    ]
    assert "An admin of this account can change which fields profiles show." in text(as_bob.get(address))
    assert 'type="submit" class="button button--primary"' not in text(as_bob.get(address))


def test_the_page_costs_few_queries_however_many_fields_there_are(
    as_carol, dana, address, workspace, make_field, django_assert_max_num_queries
):
    for number in range(15):
        make_field(workspace, f"Field {number}")
    with django_assert_max_num_queries(8):
        as_carol.get(address)


@pytest.mark.parametrize(
    ("shown_as", "value", "words", "url"),
    [
        ("", "48000", "48000", ""),
        ("number", "48000", "48,000", ""),
        ("number", "about 9", "about 9", ""),
        ("number", 1e300, "1e+300", ""),
        ("date", "2026-03-02T10:00:00Z", "2 Mar 2026", ""),
        ("date", "1772445600000", "2 Mar 2026", ""),
        ("date", "soon", "soon", ""),
        ("yes_no", "Y", "Yes", ""),
        ("yes_no", "0", "No", ""),
        ("yes_no", "maybe", "maybe", ""),
        ("link", "cedar.example/roof", "cedar.example/roof", "https://cedar.example/roof"),
        ("link", "https://cedar.example", "https://cedar.example", "https://cedar.example"),
        ("link", "javascript:alert(1)", "javascript:alert(1)", ""),
        ("link", "dana@cedar.example", "dana@cedar.example", ""),
        ("link", "not a link", "not a link", ""),
    ],
)
def test_a_value_that_is_nothing_of_the_kind_stays_as_it_is(shown_as, value, words, url):
    field = shown(value, Definition("Any", shown_as=shown_as))
    assert (field.value, field.url) == (words, url)
