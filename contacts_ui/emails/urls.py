"""The addresses of one email."""

from django.urls import path

from contacts_ui.emails import views

urlpatterns = [
    path("", views.show_email, name="contact-email"),
    path("pictures/", views.show_pictures, name="contact-email-pictures"),
]
