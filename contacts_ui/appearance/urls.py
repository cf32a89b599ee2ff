"""The address of a person's own choice of colours."""

from django.urls import path

from contacts_ui.appearance import views

urlpatterns = [
    path("", views.appearance, name="appearance"),
]
