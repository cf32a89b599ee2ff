"""The addresses of one contact."""

from django.urls import path

from contacts_ui.timeline import views

urlpatterns = [
    path("", views.show_timeline, name="contact-timeline"),
    path("live/", views.show_changes, name="contact-live"),
    path("refresh/", views.refresh_contact, name="contact-refresh"),
]
