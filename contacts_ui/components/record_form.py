"""A form of one record: what it shows, what it was opened with, and what somebody changed in it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.http import HttpResponse, QueryDict

from contacts_ui.shell.htmx import render_page_or_fragment, wants_part
from contacts_ui.shell.http import MemberRequest
from integrations.activity import markup

TOKEN = re.compile(r"[0-9a-f]{32}")
INVALID = 422
UNTOLD = ("form", "csrfmiddlewaretoken")  # what differs though somebody fills in the same


@dataclass(frozen=True, slots=True)
class RecordForm:
    """`values` and `errors` by field, `refusal` why nothing can be saved at all.

    `opened` are the columns as they stood when it was opened: what somebody else changes meanwhile is then met as
    a conflict and never overwritten. `token` is its own, so that sent twice it creates once.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    opened: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    token: str = ""

    @property
    def was(self) -> str:
        return json.dumps(dict(self.opened))

    @property
    def is_refused(self) -> bool:
        return bool(self.errors or self.refusal)


def new_token() -> str:
    return uuid4().hex


def token_in(post: QueryDict) -> str:
    """The form's own token; a new one where it has none that we made."""
    sent = post.get("form", "")
    return sent if TOKEN.fullmatch(sent) else new_token()


def key_of(post: QueryDict, *about: int) -> str:
    """What stands for a form in a change of its person. Sent again as it was, it is the same one. About another
    record, or with other values, as somebody sends who went back to it, it is another one."""
    names = [name for name in sorted(post) if name not in UNTOLD and not name.startswith("seen.")]
    sent = [(name, post.getlist(name)) for name in names]
    told = json.dumps([token_in(post), about, sent])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def opened_in(post: QueryDict, standing: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with which the form was opened; as they stand now where it does not tell."""
    try:
        told = json.loads(post.get("was", ""))
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    return {name: told[name] if _may_be(name, told) else value for name, value in standing.items()}


def _may_be(name: str, told: Mapping[str, Any]) -> bool:
    if name.startswith("is_"):
        return isinstance(told.get(name), bool)
    return isinstance(told.get(name), str) or (name.endswith("_at") and name in told and told[name] is None)


def line_in(post: QueryDict, name: str, opened: Mapping[str, Any]) -> str:
    """A field of one line; as it was where only its blanks differ."""
    line, before = " ".join(post.get(name, "").split()), str(opened[name])
    return before if line == " ".join(before.split()) else line


def lines_in(post: QueryDict, name: str, opened: Mapping[str, Any]) -> str:
    """A field of several lines; as it was, with its markup, where its words are those that the form shows."""
    text, before = typed_lines(post.get(name, "")), str(opened[name])
    return before if text == typed_lines(markup.lines(before)) else text


def typed_lines(text: str) -> str:
    """Lines as a browser may have rewritten their ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def changed(wanted: Mapping[str, Any], opened: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What somebody changed, and what it was before."""
    changes = {name: value for name, value in wanted.items() if value != opened[name]}
    return changes, {name: opened[name] for name in changes}


def render_form(request: MemberRequest, template: str, context: dict[str, Any], form: RecordForm) -> HttpResponse:
    """The form in its place, or as a page by itself; what cannot be saved comes back with its reasons."""
    status = INVALID if form.is_refused else 200
    response = render_page_or_fragment(request, template, context | {"form": form}, fragment="form", status=status)
    if form.is_refused and wants_part(request):
        response["X-Part"] = "1"  # shown although it is no success: static/js/notices.js
    return response
