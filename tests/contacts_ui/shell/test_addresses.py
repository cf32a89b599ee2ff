"""Addresses in templates are worked out once, and are always Django's."""

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, get_script_prefix, reverse, set_script_prefix

from contacts_ui.templatetags import addresses


def drawn(source, **values):
    return Template(source).render(Context(values))


@pytest.mark.parametrize("pk", [1, 7, "7", 2**62])
def test_an_address_is_the_one_that_django_finds(pk):
    url = drawn('{% url "contacts_ui:contact-timeline" pk %}', pk=pk)

    assert url == reverse("contacts_ui:contact-timeline", args=[pk])


def test_it_is_worked_out_once(monkeypatch):
    asked = []
    monkeypatch.setattr(addresses, "reverse", lambda *args, **given: asked.append(args) or reverse(*args, **given))
    source = '{% url "contacts_ui:contact-timeline" 4711 %}'

    assert drawn(source) == drawn(source)
    assert len(asked) == 1


def test_a_name_keeps_it_for_later():
    assert drawn('{% url "contacts_ui:changes" as there %}-{{ there }}') == f"-{reverse('contacts_ui:changes')}"


def test_by_name_it_is_found_too():
    found = drawn('{% url "contacts_ui:contact-timeline" contact_id=7 %}')

    assert found == reverse("contacts_ui:contact-timeline", args=[7])


def test_what_does_not_exist_is_an_error_unless_it_is_named():
    assert drawn('{% url "contacts_ui:nowhere" as there %}[{{ there }}]') == "[]"
    with pytest.raises(NoReverseMatch):
        drawn('{% url "contacts_ui:nowhere" %}')
    with pytest.raises(NoReverseMatch):
        drawn('{% url "contacts_ui:contact-timeline" "dana" %}')


def test_true_is_no_number_even_after_one():
    drawn('{% url "contacts_ui:contact-timeline" pk %}', pk=1)

    with pytest.raises(NoReverseMatch):
        drawn('{% url "contacts_ui:contact-timeline" pk %}', pk=True)


def test_a_site_below_a_path_has_addresses_of_its_own():
    source, prefix = '{% url "contacts_ui:changes" %}', get_script_prefix()
    at_root = drawn(source)
    set_script_prefix("/sales/")
    try:
        assert drawn(source) == f"/sales{at_root}"
    finally:
        set_script_prefix(prefix)


def test_what_an_address_carries_is_escaped(settings):
    settings.ROOT_URLCONF = "tests.contacts_ui.shell.strange_urls"

    assert "&amp;" in drawn('{% url "strange" words %}', words="a&b")
    assert "&amp;" not in drawn('{% autoescape off %}{% url "strange" words %}{% endautoescape %}', words="a&b")
