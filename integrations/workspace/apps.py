"""Django's registration of the workspace room."""

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    name = "integrations.workspace"
    label = "workspace"

    def ready(self) -> None:
        from integrations.workspace import checks  # noqa: F401  registers the system check
