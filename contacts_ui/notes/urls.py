"""The addresses of a contact's notes."""

from django.urls import path

from contacts_ui.notes import views

urlpatterns = [
    path("new/", views.new_note, name="note-new"),
    path("add/", views.add_note, name="note-add"),
    path("<int:note_id>/edit/", views.edit_note, name="note-edit"),
    path("<int:note_id>/save/", views.save_note, name="note-save"),
    path("<int:note_id>/pin/", views.pin_note, name="note-pin"),
    path("<int:note_id>/unpin/", views.unpin_note, name="note-unpin"),
    path("<int:note_id>/delete/", views.delete_note, name="note-delete"),
]
