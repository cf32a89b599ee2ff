"""Where a person may go from the frame of every page."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from contacts_ui.shell import access
from contacts_ui.shell.http import MemberRequest


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the navigation; `short` is its name where there is little room."""

    name: str
    url: str
    icon: str
    short: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    links: tuple[Link, ...]


def groups_of(request: MemberRequest) -> tuple[Group, ...]:
    """The pages that the person may open, those of the workspace apart."""
    pages = _links(request, [("Contacts", "contacts_ui:contact-list", "users", "Contacts")])
    if not access.may_oversee(request):
        return (Group("", pages),)
    overseen = [
        ("Connections", "contacts_ui:connection-list", "plug", "Connections"),
        ("Sync log", "contacts_ui:sync-log", "activity", "Sync"),
    ]
    return Group("", pages), Group("Workspace", _links(request, overseen))


def _links(request: MemberRequest, pages: list[tuple[str, str, str, str]]) -> tuple[Link, ...]:
    links = []
    for name, view, icon_name, short in pages:
        try:
            url = reverse(view)
        except NoReverseMatch:  # a page that this installation does not have is not offered
            continue
        links.append(Link(name, url, icon_name, short, _is_here(request.path, url)))
    return tuple(links)


def _is_here(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
