"""The addresses of the dashboard's pages; each page has its own below one of these."""

from django.urls import include, path
from django.views.generic import RedirectView

app_name = "contacts_ui"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="contacts_ui:contact-list"), name="home"),
    path("contacts/", include("contacts_ui.contacts.urls")),
    path("contacts/<int:contact_id>/", include("contacts_ui.timeline.urls")),
    path("contacts/<int:contact_id>/tasks/<int:task_id>/", include("contacts_ui.tasks.urls")),
    path("connections/", include("contacts_ui.connections.urls")),
    path("sync/", include("contacts_ui.sync_log.urls")),
    path("sync/runs/<int:run_id>/", include("contacts_ui.runs.urls")),
    path("account/appearance/", include("contacts_ui.appearance.urls")),
]
