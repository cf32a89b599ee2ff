"""The frame's own data: who looks, and where they may go."""

from dataclasses import dataclass
from typing import Any, cast

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from contacts_ui.components import freshness
from contacts_ui.components.drawn import drawn
from contacts_ui.formatting import avatars
from contacts_ui.shell import access, navigation, unsaved, viewer
from contacts_ui.shell.http import MemberRequest
from contacts_ui.shell.theme import theme_of
from contacts_ui.templatetags import display

FRESH = (
    '<aside class="frame-fresh fresh" aria-label="Data"><span class="dot dot--{}" aria-hidden="true"></span>'
    '<span class="nav__text">{} {}</span></aside>'
)
register = template.Library()
register.simple_tag(display.icon, name="icon")


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
    groups: tuple[navigation.Group, ...]
    tabs: tuple[navigation.Link, ...]
    viewer: str

    @property
    def nav(self) -> SafeString:
        """The navigation at the side, which changes as seldom as this."""
        return drawn("_nav.html", self)

    @property
    def tabs_bottom(self) -> SafeString:
        """The same where there is little room."""
        return drawn("_tabs.html", self)


@register.simple_tag(takes_context=True)
def shell(context: Context) -> Shell | dict[str, Any]:
    """What the frame needs; empty for a page without a signed-in person, which has no frame."""
    request = cast(HttpRequest | None, context.get("request"))
    if request is None or not request.user.is_authenticated:
        return {}
    member = cast(MemberRequest, request)
    groups = navigation.groups_of(member)
    account = reverse("contacts_ui:appearance")
    me = navigation.Link("Your account", account, "circle-user-round", "You", request.path.startswith("/account/"))
    name = str(member.user)
    return Shell(
        theme=theme_of(request),
        name=name,
        initials=avatars.initials(name),
        tint=avatars.tint(member.user.pk),
        role=access.role_words(member),
        organisation=_organisation(member),
        account_url=account,
        groups=groups,
        tabs=(*(link for group in groups for link in group.links if link.short), me),
        viewer=viewer.key_of(member.user),
    )


@register.simple_tag(takes_context=True)
def changes_count(context: Context) -> int:
    """How many changes of the person are not saved, for a drawing outside of the frame."""
    return access.unsettled(cast(MemberRequest, context["request"]))


@register.simple_tag(takes_context=True)
def conflicts_count(context: Context) -> int:
    """How many conflicts the person may settle, likewise."""
    return access.crossed(cast(MemberRequest, context["request"]))


@register.simple_tag(takes_context=True)
def short_count(context: Context) -> int:
    """Both together, for the short navigation, where one link leads to both."""
    return navigation.short_count(cast(MemberRequest, context["request"]))


@register.simple_tag(takes_context=True)
def frame_freshness(context: Context) -> SafeString | str:
    """How fresh the data is, with its age, for pages that do not say so in their bar; "" without an account."""
    workspaces = access.framed(cast(MemberRequest, context["request"]))
    found = freshness.in_frame(workspaces, timezone.now())
    if found is None:
        return ""
    return format_html(FRESH, found.tone, found.line, display.ago(context, found.synced_at))


@register.simple_tag(takes_context=True)
def unsaved_words(context: Context) -> str:
    """What this browser's person pressed before they were signed out; "" for nothing."""
    request = cast(HttpRequest | None, context.get("request"))
    return unsaved.words_of(request) if request else ""


def _organisation(request: MemberRequest) -> str:
    workspaces = access.workspaces(request)
    if not workspaces:
        return "No account yet"
    return workspaces[0].name if len(workspaces) == 1 else f"{len(workspaces)} accounts"
