"""Addresses without the vendor's name in them: its portal is said to refuse a redirect address that has it."""

from django.urls import path

from integrations.ghl.models import PROVIDER
from integrations.ghl.views import callback, connect, installs, test_connection
from integrations.sync.inbox import webhook_view

app_name = "ghl"
urlpatterns = [
    path("connect/", connect.connect, name="connect"),
    path("connect/token/", connect.connect_by_token, name="connect-token"),
    path("oauth/callback/", callback.callback, name="callback"),
    path("webhook/", webhook_view.receive, {"provider": PROVIDER}, name="webhook"),
    # Without its last slash the address would redirect, and a sender of events follows none.
    path("webhook", webhook_view.receive, {"provider": PROVIDER}, name="webhook-bare"),
    path("installs/<int:install_id>/", installs.install, name="install"),
    path("installs/<int:install_id>/discard/", installs.discard, name="install-discard"),
    path("test/<int:workspace_id>/", test_connection.test_connection, name="test"),
]
