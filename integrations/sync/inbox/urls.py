"""Where systems post their events that give each account an address of its own."""

from django.urls import path

from integrations.sync.inbox import webhook_view

app_name = "hooks"
urlpatterns = [
    path("<slug:provider>/<str:token>/", webhook_view.receive, name="hook"),
    path("<slug:provider>/<str:token>/<slug:event>/", webhook_view.receive, name="hook-of-event"),
    # Without its last slash an address would redirect, and a sender of events follows none.
    path("<slug:provider>/<str:token>", webhook_view.receive, name="hook-bare"),
    path("<slug:provider>/<str:token>/<slug:event>", webhook_view.receive, name="hook-of-event-bare"),
]
