"""Every address, every kind of person, every kind of request: the table's status, and nothing else happens."""

import functools
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client

from tests.access import table
from tests.access.addresses import every_address
from tests.access.table import HTMX_SIGN_IN, KINDS, SIGN_IN, Row
from tests.access.world import NAME, ROLES, World
from tests.ghl.conftest import HOST

ROWS = list(table.rows())
INVALID = 422
STRANGERS = ("visitor", "nobody", "stranger")  # who may not see the contact at all
OF_THE_SIGN_IN = {"uidb36": "1", "key": "abc-0123456789abcdef"}  # of addresses that nobody was sent
# What an answer may change although it refuses: counters of what was refused, and who was here when.
COUNTERS = {"sync.inboundcount", "sessions.session", "usersessions.usersession", "ghl.ratewindow"}
SEEN = {"last_active_at", "last_login"}
type Rows = dict[str, list[Any]]


def test_the_table_has_a_row_for_every_address_and_for_no_other():
    assert {row.path for row in ROWS} == set(every_address())


def test_every_row_answers_every_kind_of_person():
    assert [row.address for row in ROWS if set(row.cells) != set(ROLES)] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.address)
def test_the_answer_is_the_one_in_the_table(row, world):
    before = everything()
    wrong = [
        f"{role} {kind}: {got}, not {wanted}"
        for role in ROLES
        for kind, wanted, got in _answers(world, row, role, before)
        if got != wanted
    ]

    assert not wrong, "\n".join(wrong)


def _answers(world: World, row: Row, role: str, before: Rows) -> Iterator[tuple[str, str, str]]:
    """What each kind of request was answered, with what is wrong about it beyond its status."""
    url = row.address.format(**OF_THE_SIGN_IN, **world.known)
    browser = world.browser(role, HOST)
    signed_in = {name: kept.value for name, kept in browser.cookies.items()}
    for kind, wanted in zip(KINDS, row.cells[role], strict=True):
        with transaction.atomic():
            browser.cookies = SimpleCookie(signed_in)
            answer = _ask(browser, kind, url, is_readable=row.is_readable)
            got = _in_words(answer, wanted, kind)
            if _is_refusal(answer) and everything() != before:
                got += " and something changed"
            # What is typed wrong comes back to whoever may see the contact, on its own page.
            is_form = answer.status_code == INVALID
            may_see = role not in STRANGERS and (is_form or not _is_refusal(answer))
            if NAME in answer.content.decode(errors="replace") and not may_see:
                got += " and the contact's name shows"
            transaction.set_rollback(True)
        yield kind, wanted, got


def _ask(browser: Client, kind: str, url: str, *, is_readable: bool) -> Any:
    if kind == "HTMX":
        ask = browser.get if is_readable else browser.post
        return ask(url, headers={"HX-Request": "true"})
    return browser.get(url) if kind == "GET" else browser.post(url)


def _in_words(answer: Any, wanted: str, kind: str) -> str:
    """The status; `in` for the sign-in page, asked for in the way that fits the request."""
    status = HTMX_SIGN_IN if kind == "HTMX" else SIGN_IN
    where = answer.headers.get("HX-Redirect") or answer.headers.get("Location", "")
    is_sign_in = answer.status_code == status and where.startswith("/account/login/")
    return "in" if wanted == "in" and is_sign_in else str(answer.status_code)


def _is_refusal(answer: Any) -> bool:
    where = answer.headers.get("HX-Redirect") or answer.headers.get("Location", "")
    return answer.status_code >= 400 or where.startswith("/account/login/")


def everything() -> Rows:
    """All rows of all tables but counters, by table."""
    with connection.cursor() as cursor:
        return {label: cursor.execute(statement).fetchall() for label, statement in _statements().items()}


@functools.cache
def _statements() -> dict[str, str]:
    """Asked for thousands of times, so written once: one statement a table."""
    return {
        model._meta.label_lower: str(model._base_manager.order_by("pk").values_list(*_columns(model)).query)
        for model in apps.get_models()
        if model._meta.label_lower not in COUNTERS
    }


def _columns(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.name not in SEEN]
