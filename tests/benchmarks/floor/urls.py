"""The product's addresses and the floor view's."""

from django.urls import include, path

from tests.benchmarks.floor.views import show_floor

urlpatterns = [path("floor/<int:contact_id>/", show_floor), path("", include("config.urls"))]
