"""The addresses of the dashboard's pages; each page has its own below one of these."""

from django.urls import include, path
from django.views.generic import RedirectView

app_name = "contacts_ui"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="contacts_ui:contact-list"), name="home"),
    path("contacts/", include("contacts_ui.contacts.urls")),
    path("contacts/<int:contact_id>/", include("contacts_ui.timeline.urls")),
    path("contacts/<int:contact_id>/appointments/", include("contacts_ui.appointments.urls")),
    path("contacts/<int:contact_id>/notes/", include("contacts_ui.notes.urls")),
    path("contacts/<int:contact_id>/tasks/", include("contacts_ui.tasks.urls")),
    path("businesses/<int:business_id>/", include("contacts_ui.timeline.business_urls")),
    path("changes/", include("contacts_ui.changes.urls")),
    path("conflicts/", include("contacts_ui.conflicts.urls")),
    path("contacts/<int:contact_id>/messages/<int:message_id>/", include("contacts_ui.emails.urls")),
    path("connections/", include("contacts_ui.connections.urls")),
    path("connections/<int:workspace_id>/fields/", include("contacts_ui.fields.urls")),
    path("connections/<int:workspace_id>/task-templates/", include("contacts_ui.task_templates.urls")),
    path("sync/", include("contacts_ui.sync_log.urls")),
    path("sync/runs/<int:run_id>/", include("contacts_ui.runs.urls")),
    path("account/appearance/", include("contacts_ui.appearance.urls")),
]
