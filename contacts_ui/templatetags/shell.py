"""The frame's own data: who looks, where they may go, which scripts a page loads."""

from dataclasses import dataclass
from typing import Any, cast

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

from contacts_ui import access, people, unsaved, viewer
from contacts_ui.http import MemberRequest
from contacts_ui.templatetags import display

register = template.Library()
register.simple_tag(display.icon, name="icon")

THEMES = ("light", "dark")
SCRIPTS = ("session", "notices", "keys", "overlay", "undo", "settle", "preferences", "feed", "live")


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
    links: list[Link]


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything base.html shows around a page."""

    theme: str
    name: str
    initials: str
    tint: int
    role: str
    organisation: str
    account_url: str
    groups: list[Group]
    tabs: list[Link]
    scripts: list[str]
    viewer: str


@register.simple_tag(takes_context=True)
def shell(context: Context) -> Shell | dict[str, Any]:
    """What the frame needs; empty for a page without a signed-in person, which has no frame."""
    request = cast(HttpRequest | None, context.get("request"))
    if request is None or not request.user.is_authenticated:
        return {}
    member = cast(MemberRequest, request)
    groups = _groups(member)
    account = reverse("contacts_ui:appearance")
    me = Link("Your account", account, "circle-user-round", "You", request.path.startswith("/account/"))
    name = str(member.user)
    return Shell(
        theme=theme_of(request),
        name=name,
        initials=people.initials(name),
        tint=people.tint(member.user.pk),
        role=access.role_words(member),
        organisation=_organisation(member),
        account_url=account,
        groups=groups,
        tabs=[link for group in groups for link in group.links] + [me],
        scripts=[static(f"js/{name}.js") for name in SCRIPTS],
        viewer=viewer.key_of(member.user),
    )


@register.simple_tag(takes_context=True)
def unsaved_words(context: Context) -> str:
    """What this browser's person pressed before they were signed out; "" for nothing."""
    request = cast(HttpRequest | None, context.get("request"))
    return unsaved.words_of(request) if request else ""


def theme_of(request: HttpRequest) -> str:
    """The person's own choice, kept in their browser's `theme` cookie; empty follows the system."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else ""


def _organisation(request: MemberRequest) -> str:
    workspaces = access.workspaces(request)
    if not workspaces:
        return "No account yet"
    return workspaces[0].name if len(workspaces) == 1 else f"{len(workspaces)} accounts"


def _groups(request: MemberRequest) -> list[Group]:
    pages = _links(request, [("Contacts", "contacts_ui:contact-list", "users", "Contacts")])
    if not access.may_oversee(request):
        return [Group("", pages)]
    overseen = [
        ("Connections", "contacts_ui:connection-list", "plug", "Connections"),
        ("Sync log", "contacts_ui:sync-log", "activity", "Sync"),
    ]
    return [Group("", pages), Group("Workspace", _links(request, overseen))]


def _links(request: MemberRequest, pages: list[tuple[str, str, str, str]]) -> list[Link]:
    links = []
    for name, view, icon_name, short in pages:
        try:
            url = reverse(view)
        except NoReverseMatch:  # a page that this installation does not have is not offered
            continue
        links.append(Link(name, url, icon_name, short, _is_here(request.path, url)))
    return links


def _is_here(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
