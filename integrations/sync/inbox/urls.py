"""Where systems post their events that give each account an address of its own."""

from django.urls import path

from integrations.sync.inbox import webhook_view

app_name = "hooks"
urlpatterns = [
    path("<slug:provider>/<str:token>/", webhook_view.receive, name="hook"),
    path("<slug:provider>/<str:token>/<slug:event>/", webhook_view.receive, name="hook-of-event"),
]
