"""The addresses of the whole site."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("config.account_urls")),
    path("integrations/", include("integrations.ghl.urls")),
    path("integrations/hooks/", include("integrations.sync.inbox.urls")),
    path("", include("contacts_ui.urls")),
]
handler400 = "contacts_ui.shell.errors.bad_request"
handler403 = "contacts_ui.shell.errors.permission_denied"
handler404 = "contacts_ui.shell.errors.page_not_found"
handler500 = "contacts_ui.shell.errors.server_error"
