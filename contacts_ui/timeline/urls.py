"""The addresses of one contact."""

from django.urls import path

from contacts_ui.timeline import edit_views, source, tag_views, views

urlpatterns = [
    path("", views.show_timeline, name="contact-timeline"),
    path("source/<slug:name>/", source.show_source, name="contact-source"),
    path("live/", views.show_changes, name="contact-live"),
    path("changes/", views.switch_changes, name="contact-changes"),
    path("refresh/", views.refresh_contact, name="contact-refresh"),
    path("profile/", edit_views.show_profile, name="contact-profile"),
    path("edit/", edit_views.edit_contact, name="contact-edit"),
    path("delete/", edit_views.delete_contact, name="contact-delete"),
    path("tags/", tag_views.edit_tags, name="contact-tags"),
]
