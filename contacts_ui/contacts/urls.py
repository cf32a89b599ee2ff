"""The address of the contact list."""

from django.urls import path

from contacts_ui.contacts import views

urlpatterns = [
    path("", views.list_contacts, name="contact-list"),
]
