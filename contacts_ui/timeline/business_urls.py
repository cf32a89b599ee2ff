"""The addresses of one business."""

from django.urls import path

from contacts_ui.timeline import business_views

urlpatterns = [
    path("", business_views.show_business, name="business"),
    path("people/<int:contact_id>/", business_views.move_person, name="business-person"),
]
