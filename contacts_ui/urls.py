"""The addresses of the dashboard's pages."""

from django.urls import include, path
from django.views.generic import RedirectView

from contacts_ui.views import connections, contacts, preferences, sync_runs, tasks, timeline

app_name = "contacts_ui"

task_patterns = [
    path("", tasks.show_task, name="task"),
    path("complete/", tasks.complete_task, name="task-complete"),
    path("reopen/", tasks.reopen_task, name="task-reopen"),
    path("undo/", tasks.undo_task, name="task-undo"),
    path("hold/", tasks.hold_task, name="task-hold"),
    path("retry/", tasks.retry_task, name="task-retry"),
    path("dismiss/", tasks.dismiss_task, name="task-dismiss"),
]
connection_patterns = [
    path("", connections.list_connections, name="connection-list"),
    path("<int:workspace_id>/sync/", connections.sync_connection, name="connection-sync"),
    path("<int:workspace_id>/streams/<slug:stream>/", connections.switch_stream, name="connection-stream"),
    path("<int:workspace_id>/revoke/", connections.revoke_connection, name="connection-revoke"),
]
sync_patterns = [
    path("", sync_runs.show_log, name="sync-log"),
    path("runs/<int:run_id>/", sync_runs.show_run, name="run"),
    path("runs/<int:run_id>/progress/", sync_runs.show_progress, name="run-progress"),
    path("runs/<int:run_id>/trail/", sync_runs.show_trail, name="run-trail"),
    path("runs/<int:run_id>/stop/", sync_runs.stop_run, name="run-stop"),
    path("writes/<int:write_id>/retry/", sync_runs.retry_write, name="write-retry"),
    path("writes/<int:write_id>/dismiss/", sync_runs.dismiss_write, name="write-dismiss"),
]
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="contacts_ui:contact-list"), name="home"),
    path("contacts/", contacts.list_contacts, name="contact-list"),
    path("contacts/<int:contact_id>/", timeline.show_timeline, name="contact-timeline"),
    path("contacts/<int:contact_id>/live/", timeline.show_changes, name="contact-live"),
    path("contacts/<int:contact_id>/refresh/", timeline.refresh_contact, name="contact-refresh"),
    path("contacts/<int:contact_id>/tasks/<int:task_id>/", include(task_patterns)),
    path("connections/", include(connection_patterns)),
    path("sync/", include(sync_patterns)),
    path("account/appearance/", preferences.appearance, name="appearance"),
]
