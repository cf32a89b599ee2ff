"""The address of an account's custom fields."""

from django.urls import path

from contacts_ui.fields import views

urlpatterns = [
    path("", views.map_fields, name="field-map"),
]
