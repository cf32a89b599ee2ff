"""Where and for whom a meeting of a workspace can be booked."""

from integrations.activity.models import Calendar, RemoteUser


def choices(workspace_id: int) -> tuple[dict[str, str], dict[str, str]]:
    """Names of the active calendars, and of the users of the provider, each by remote id. Two queries."""
    calendars = Calendar.objects.present().filter(workspace=workspace_id, is_active=True)
    users = RemoteUser.objects.present().filter(workspace=workspace_id)
    each = (found.order_by("name", "remote_id").values_list("remote_id", "name") for found in (calendars, users))
    named, people = (dict(found) for found in each)
    return {key: name or "Unnamed calendar" for key, name in named.items()}, people
