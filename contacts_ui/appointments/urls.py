"""The addresses of a contact's appointments."""

from django.urls import path

from contacts_ui.appointments import views

urlpatterns = [
    path("new/", views.new_appointment, name="appointment-new"),
    path("book/", views.book_appointment, name="appointment-book"),
    path("slots/", views.show_slots, name="appointment-slots"),
    path("<int:appointment_id>/edit/", views.edit_appointment, name="appointment-edit"),
    path("<int:appointment_id>/move/", views.move_appointment, name="appointment-move"),
    path("<int:appointment_id>/cancel/", views.cancel_appointment, name="appointment-cancel"),
    path("<int:appointment_id>/outcome/", views.set_outcome, name="appointment-outcome"),
]
