"""The addresses of the accounts that feed the product."""

from django.urls import path

from contacts_ui.connections import notes, people, views

urlpatterns = [
    path("", views.list_connections, name="connection-list"),
    path("<int:workspace_id>/sync/", views.sync_connection, name="connection-sync"),
    path("<int:workspace_id>/streams/<slug:stream>/", views.switch_stream, name="connection-stream"),
    path("<int:workspace_id>/people/", people.match_people, name="connection-people"),
    path("<int:workspace_id>/notes/", notes.set_note_rights, name="connection-notes"),
    path("<int:workspace_id>/revoke/", views.revoke_connection, name="connection-revoke"),
]
