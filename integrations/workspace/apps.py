"""Django's registration of the workspace room."""

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    name = "integrations.workspace"
    label = "workspace"
