"""A task's priority, which is kept here alone: it is set at once, and nothing of it is ever sent."""

from django.db import transaction
from django.utils import timezone

from integrations.activity.kinds.task import KIND
from integrations.activity.models import Task
from integrations.sync.push.invalid import Invalid
from integrations.sync.reconcile import project

UNKNOWN = "A task's priority is high, normal or low."


def read_priority(value: str) -> str:
    """The priority that is asked for. Raises Invalid for none of them."""
    if value not in Task.Priority.values:
        raise Invalid(UNKNOWN, "priority")
    return value


@transaction.atomic
def set_priority(task: Task, priority: str) -> bool:
    """Keep it with the task and its timeline row; False where it stands so already. Raises Invalid."""
    others = Task.objects.present().filter(pk=task.pk).exclude(priority=read_priority(priority))
    if not others.update(priority=priority):
        return False
    task.priority = priority
    project.store_entries(KIND, list(Task.objects.select_for_update(no_key=True).filter(pk=task.pk)))
    if task.contact_id:  # open pages of the contact ask anew
        project.refresh_derived([task.contact_id], timezone.now())
    return True
