"""How many rows of its lists a page shows, as its address says it: static/js/feed.js keeps that there."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import QueryDict

from contacts_ui.shell.address import id_in
from contacts_ui.shell.htmx import wants_part
from contacts_ui.shell.http import MemberRequest
from contacts_ui.shell.viewer import page_of

MOST = 1000  # a page that is drawn again is drawn as far down as it has been read, within reason


def depth_in(query: QueryDict, name: str, page: int, most: int = MOST) -> int:
    """At least as many rows of a list as its page shows, in whole pages, within reason."""
    pages = -(-(id_in(query, name) or 0) // page)
    return max(1, min(pages, most // page)) * page


def page_query(request: MemberRequest) -> QueryDict:
    """The query of the page in the browser, also where it asks for a part of itself from another address."""
    if not wants_part(request):
        return request.GET
    return QueryDict(urlsplit(page_of(request)).query)
