"""Lists of tasks that a workspace adds to a contact at once."""

from django.db import models

from integrations.workspace.models import Workspace


class TaskTemplate(models.Model):
    """A named list; `steps` are [{"title", "days"}] in their order, the days counted from when it is applied.

    A step may have a "body", and an "owner": the remote id of a user, or `task_templates.CONTACT_OWNER`. Without
    one its task goes to whoever applies the template.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    steps = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="task_template_once_per_workspace")
        ]

    def __str__(self) -> str:
        return self.name
