"""Answers with a whole page, or with the one fragment of it that the server names."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from contacts_ui.shell.http import MemberRequest


def wants_part(request: MemberRequest) -> bool:
    """Whether a fragment answers it: a restored history entry wants the whole page although htmx asks for it."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def render_page_or_fragment(
    request: MemberRequest, template: str, context: dict[str, Any], *, fragment: str, status: int = 200
) -> HttpResponse:
    """`template` for a visit, `template#fragment` for an htmx request. The browser never chooses which."""
    name = f"{template}#{fragment}" if wants_part(request) else template
    response = render(request, name, {"csrf_token": token_of(request), **context}, status=status)
    # The same address has two bodies; without this the browser's back button may show the bare fragment.
    patch_vary_headers(response, ["HX-Request"])
    return response


def token_of(request: HttpRequest) -> str:
    """The one token of all forms of an answer: each asking masks it anew, which takes a while."""
    kept: dict[str, str] = vars(request)
    return kept.get("token_of_forms") or kept.setdefault("token_of_forms", get_token(request))
