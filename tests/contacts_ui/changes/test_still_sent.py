"""Who takes a change back reads what is sent all the same, of that very thing, and for whom."""

import pytest
from django.utils import timezone

from integrations.sync import commands
from integrations.sync.models import Write
from tests.contacts_ui.changes.test_changes_page import text
from tests.contacts_ui.changes.test_same_wish import (  # noqa: F401  fixtures
    HTMX,
    as_erin,
    dana,
    erin,
    press,
    task,
)


@pytest.fixture
def tags(dana):  # noqa: F811
    return lambda browser, **asked: text(browser.post(f"/contacts/{dana.pk}/tags/", asked, **HTMX))


def test_another_tag_of_a_colleague_is_not_what_was_taken_back(as_alice, as_erin, tags):  # noqa: F811
    tags(as_alice, add="gold")
    tags(as_erin, add="silver")

    assert "gold: undone. Nothing was sent." in tags(as_alice, remove="gold")


def test_but_the_same_in_another_spelling_is(as_alice, as_erin, tags):  # noqa: F811
    tags(as_alice, add="gold")
    tags(as_erin, add="Gold, silver")

    assert "gold: undone. What Erin asked for is still sent." in tags(as_alice, remove="gold")


def test_no_rule_is_named_where_a_command_line_asks_for_the_same(as_alice, press, task):  # noqa: F811
    press(as_alice, "complete")
    commands.write("task.complete", task, actor=None)

    assert "Undone. What Throughline asked for is still sent." in press(as_alice, "undo")


def test_nor_in_the_list_of_what_was_not_saved(as_bob, dana, make_task):  # noqa: F811
    commands.write("task.complete", make_task(dana, "Call"), actor=None)
    Write.objects.update(state="failed", reason="Refused.", settled_at=timezone.now())
    shown = text(as_bob.get("/sync/"))

    assert "Throughline, " in shown
    assert "a rule, " not in shown
