"""The only way in: returns what the person may see, or raises 404 as if it did not exist.

With it comes the zone of its workspace, where the browser has not said where its person is.
"""

from functools import cache
from typing import cast

from django.db.models import BigIntegerField, QuerySet
from django.http import Http404

from contacts_ui.shell.htmx import wants_part
from contacts_ui.shell.http import MemberRequest
from contacts_ui.shell.zones import use_fallback_zone
from integrations.activity.models import Contact, Task
from integrations.connections.models import Connection
from integrations.prepared import Param, Prepared
from integrations.sync.health import conflicts, failures, runs, with_freshness, writes
from integrations.sync.health.conflicts import Conflict
from integrations.sync.health.failures import Failure
from integrations.sync.health.runs import Run
from integrations.sync.health.writes import Write
from integrations.workspace.models import Membership, Workspace

# What `health.state_of` looks at.
WATCHED = ("deleted_at", "merged_into_id", "checked_at", "changed_at", "refreshed_at", "refresh_asked_at")
NO_CONTACT = "This contact does not exist, or you are not a member of its account."


def workspaces(request: MemberRequest) -> list[Workspace]:
    """The workspaces that the person may read, by name. Asked once a request, however often it is called."""
    found = _mine(request)
    # What is shown may have told its own zone already.
    if found and not getattr(request, "_has_zone", False):
        use_fallback_zone(request, found[0].timezone)
    return found


def get_contact_or_404(request: MemberRequest, contact_id: int) -> Contact:
    """A contact of one of the person's workspaces. Strangers and members elsewhere get the same 404."""
    contact = next(iter(_contact()(contact=contact_id)), None)
    mine = {workspace.pk: workspace for workspace in workspaces(request)}
    if contact is None or contact.workspace_id not in mine:
        raise Http404(NO_CONTACT)
    contact.workspace = contact.connection.workspace = mine[contact.workspace_id]
    use_fallback_zone(request, contact.workspace.timezone)
    return contact


@cache
def _contact() -> Prepared[Contact]:
    found = Contact.objects.filter(pk=Param("contact", BigIntegerField()))
    return Prepared(found.select_related("connection__schedule").order_by())


def get_watched_contact_or_404(request: MemberRequest, contact_id: int) -> Contact:
    """The same in one query, with no more than tells whether its page has changed: that is asked every second."""
    query = _watched(request.user.is_staff)
    contact = next(iter(query(contact=contact_id, user=request.user.pk)), None)
    if contact is None:
        raise Http404(NO_CONTACT)
    return contact


@cache
def _watched(is_staff: bool) -> Prepared[Contact]:
    found = Contact.objects.filter(pk=Param("contact", BigIntegerField())).only(*WATCHED).order_by()
    mine = Workspace.objects.of_member(Param("user", BigIntegerField()))
    return Prepared(found if is_staff else found.filter(workspace__in=mine))


def get_task_or_404(request: MemberRequest, contact_id: int, task_id: int) -> Task:
    """A task of a contact that the person may see; a deleted one too, since pages still show it."""
    contact = get_contact_or_404(request, contact_id)
    task = next(iter(_task()(task=task_id, contact=contact.pk)), None)
    if task is None:
        raise Http404("This contact has no such task.")
    task.contact, task.workspace, task.connection = contact, contact.workspace, contact.connection
    return task


@cache
def _task() -> Prepared[Task]:
    # Not joined with its contact, and nothing is left out: Django takes longer for either than it saves.
    found = Task.objects.filter(pk=Param("task", BigIntegerField()))
    return Prepared(found.filter(contact=Param("contact", BigIntegerField())).order_by())


def overseen_or_404(request: MemberRequest) -> list[Workspace]:
    """The workspaces whose sync log the person may read, by name; a rep finds nothing here."""
    if not may_oversee(request):
        raise Http404("The sync log is shown to managers and admins.")
    found = overseen(request)
    if found:
        use_fallback_zone(request, found[0].timezone)
    return found


def overseen(request: MemberRequest) -> list[Workspace]:
    """The workspaces whose sync log the person may read, by name."""
    return [workspace for workspace in workspaces(request) if oversees(request, workspace)]


def managed_connection_or_404(request: MemberRequest, workspace_id: int) -> Connection:
    """The home connection of a workspace that the person may change."""
    mine = Workspace.objects.managed_by(request.user).filter(pk=workspace_id)
    found = Connection.objects.home().filter(workspace__in=mine).select_related("workspace").first()
    if found is None:
        raise Http404("This account does not exist, or you are not an admin of it.")
    return found


def get_run_or_404(request: MemberRequest, run_id: int) -> Run:
    """A run of a workspace that the person oversees. One query: a page that polls asks this every second."""
    run = runs.find(run_id, Workspace.objects.overseen_by(request.user))
    if run is None:
        raise Http404("This run does not exist, or you do not manage its account.")
    use_fallback_zone(request, run.connection.workspace.timezone)
    return run


def get_managed_run_or_404(request: MemberRequest, run_id: int) -> Run:
    """A run of a workspace whose connection the person may change."""
    run = get_run_or_404(request, run_id)
    if not manages(request, run.connection.workspace):
        raise Http404("Only an admin of its account may change this run.")
    return run


def get_write_or_404(request: MemberRequest, write_id: int) -> Write:
    """A write that the person asked for, or in a workspace that they oversee, with its target."""
    mine = {workspace.pk: workspace for workspace in workspaces(request)}
    write = writes.find(write_id, mine)
    if write is None or not (
        write.actor_id == request.user.pk or oversees(request, mine[write.connection.workspace_id])
    ):
        raise Http404("This change does not exist, or it is not yours.")
    use_fallback_zone(request, write.connection.workspace.timezone)
    return write


def get_conflict_or_404(request: MemberRequest, conflict_id: int) -> Conflict:
    """A conflict of a change that the person asked for, or in a workspace that they oversee."""
    mine = {workspace.pk: workspace for workspace in workspaces(request)}
    conflict = conflicts.find(conflict_id, mine)
    if conflict is None or not (
        conflict.write.actor_id == request.user.pk
        or oversees(request, mine[conflict.write.connection.workspace_id])
    ):
        raise Http404("This conflict does not exist, or it is not yours to settle.")
    return conflict


def get_failure_or_404(request: MemberRequest, failure_id: int) -> Failure:
    """A record that could not be read, in a workspace that the person oversees."""
    failure = failures.find(failure_id, Workspace.objects.overseen_by(request.user))
    if failure is None:
        raise Http404("This record does not exist, or you do not manage its account.")
    return failure


def forget(request: MemberRequest) -> None:
    """Ask again what the person may read, and what is not saved: an act has changed it."""
    request._workspaces = None  # type: ignore[attr-defined]


def framed(request: MemberRequest) -> list[Workspace]:
    """The workspaces with what the frame says of each: how fresh it is, and how much waits for the person."""
    return _mine(request, is_framed=True)


def unsettled(request: MemberRequest) -> int:
    """How many changes of the person wait, are on their way, or failed; what is crossed counts as a conflict."""
    return sum(getattr(workspace, "unsettled", 0) or 0 for workspace in framed(request))


def crossed(request: MemberRequest) -> int:
    """How many conflicts the person may settle."""
    return sum(getattr(workspace, "crossed", 0) or 0 for workspace in framed(request))


def manages(request: MemberRequest, workspace: Workspace) -> bool:
    """Whether the person may change this workspace's connection, and start and stop its runs."""
    return request.user.is_staff or _roles(request).get(workspace.pk) == Membership.Role.ADMIN


def may_manage(request: MemberRequest) -> bool:
    """Whether the person may change the connection of at least one workspace."""
    return request.user.is_staff or Membership.Role.ADMIN in _roles(request).values()


def may_oversee(request: MemberRequest) -> bool:
    """Whether the person may read the sync log of at least one workspace."""
    return may_manage(request) or Membership.Role.MANAGER in _roles(request).values()


def oversees(request: MemberRequest, workspace: Workspace) -> bool:
    """Whether the person may read the sync log of this workspace, and so what brought an item."""
    overseeing = (Membership.Role.MANAGER, Membership.Role.ADMIN)
    return request.user.is_staff or _roles(request).get(workspace.pk) in overseeing


def role_words(request: MemberRequest) -> str:
    """The person's highest role, as the frame shows it."""
    if request.user.is_staff:
        return "Installation admin"
    roles = _roles(request).values()
    ranked = (Membership.Role.ADMIN, Membership.Role.MANAGER, Membership.Role.REP)
    return next((str(role.label) for role in ranked if role in roles), "No account yet")


def role_in(request: MemberRequest, workspace: Workspace) -> str:
    """The person's role there; an installation admin is an admin everywhere, a stranger is nothing."""
    return Membership.Role.ADMIN if request.user.is_staff else _roles(request).get(workspace.pk, "")


def remote_user_chosen(request: MemberRequest, workspace: Workspace) -> str:
    """Which of the provider's users an admin said that the person is; "" where nobody did."""
    return next((getattr(one, "remote_user_id", "") for one in _mine(request) if one.pk == workspace.pk), "")


def _roles(request: MemberRequest) -> dict[int, str]:
    """The person's role by workspace id; an installation admin needs none."""
    return {workspace.pk: getattr(workspace, "role", "") for workspace in _mine(request)}


def _mine(request: MemberRequest, *, is_framed: bool = False) -> list[Workspace]:
    """What the person may read, each with the person's role there, in one query a request.

    A part of a page has no frame. What only that says takes longest to find, and is asked for when it is wanted.
    """
    known, has_frame = getattr(request, "_workspaces", None) or (None, False)
    if known is None or (is_framed and not has_frame):
        has_frame = is_framed or not (getattr(request, "htmx", None) and wants_part(request))
        query = _workspaces(sees_all=request.user.is_staff, is_framed=has_frame)
        known = query(user=request.user.pk) if request.user.is_authenticated else []
        request._workspaces = known, has_frame  # type: ignore[attr-defined]
    return cast(list[Workspace], known)


@cache
def _workspaces(*, sees_all: bool, is_framed: bool) -> Prepared[Workspace]:
    user = Param("user", BigIntegerField())
    found: QuerySet[Workspace] = Workspace.objects.all() if sees_all else Workspace.objects.of_member(user)
    if is_framed:
        waiting = {"unsettled": writes.count_own(user), "crossed": conflicts.count_for(user, sees_all=sees_all)}
        found = with_freshness(found).annotate(**waiting)
    return Prepared(found)
