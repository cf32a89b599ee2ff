"""The addresses of the conflict inbox and of its rules."""

from django.urls import path

from contacts_ui.conflicts import rule_views, views

urlpatterns = [
    path("", views.show_conflicts, name="conflicts"),
    path("<int:conflict_id>/", views.settle_conflict, name="conflict-settle"),
    path("rules/", rule_views.show_rules, name="conflict-rules"),
]
