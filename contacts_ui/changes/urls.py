"""The addresses of changes: a person's own ones as a list, and what can be done about any one of them."""

from django.urls import path

from contacts_ui.changes import acts, edit, views

urlpatterns = [
    path("", views.show_changes, name="changes"),
    path("<int:write_id>/", acts.show_change, name="change"),
    path("<int:write_id>/retry/", acts.retry_change, name="change-retry"),
    path("<int:write_id>/dismiss/", acts.dismiss_change, name="change-dismiss"),
    path("<int:write_id>/undo/", acts.undo_change, name="change-undo"),
    path("<int:write_id>/edit/", edit.edit_change, name="change-edit"),
    path("<int:write_id>/hold/", acts.hold_change, name="change-hold"),
]
