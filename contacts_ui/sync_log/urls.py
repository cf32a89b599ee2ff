"""The addresses of the sync log, and of the records that it lists."""

from django.urls import path

from contacts_ui.sync_log import views

urlpatterns = [
    path("", views.show_log, name="sync-log"),
    path("records/retry/", views.retry_records, name="records-retry"),
    path("records/<int:failure_id>/retry/", views.retry_record, name="record-retry"),
]
