"""The address of an account's task templates."""

from django.urls import path

from contacts_ui.task_templates import views

urlpatterns = [
    path("", views.edit_templates, name="task-template-list"),
]
