"""Django's registration of the activity room."""

from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "integrations.activity"
    label = "activity"
