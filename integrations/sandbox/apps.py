"""Django's registration of the sandbox, so that `manage.py sandbox` is found; it has no models."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "integrations.sandbox"
    label = "sandbox"
