"""The addresses of the sync log and of the writes that it lists."""

from django.urls import path

from contacts_ui.sync_log import views

urlpatterns = [
    path("", views.show_log, name="sync-log"),
    path("writes/<int:write_id>/retry/", views.retry_write, name="write-retry"),
    path("writes/<int:write_id>/dismiss/", views.dismiss_write, name="write-dismiss"),
]
