"""The addresses of one run."""

from django.urls import path

from contacts_ui.runs import views

urlpatterns = [
    path("", views.show_run, name="run"),
    path("progress/", views.show_progress, name="run-progress"),
    path("trail/", views.show_trail, name="run-trail"),
    path("stop/", views.stop_run, name="run-stop"),
]
