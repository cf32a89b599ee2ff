"""Django's registration of the security room."""

from django.apps import AppConfig


class SecurityConfig(AppConfig):
    name = "integrations.security"
    label = "security"
