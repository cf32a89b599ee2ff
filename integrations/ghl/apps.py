"""Django's registration of the GHL provider."""

from django.apps import AppConfig


class GhlConfig(AppConfig):
    name = "integrations.ghl"
    label = "ghl"

    def ready(self) -> None:
        from integrations.ghl import checks  # noqa: F401  registers the system checks
