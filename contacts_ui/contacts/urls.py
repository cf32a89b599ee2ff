"""The addresses of the contact list, of new contacts, and of changes of many."""

from django.urls import path

from contacts_ui.contacts import bulk_views, new_views, views

urlpatterns = [
    path("", views.list_contacts, name="contact-list"),
    path("new/", new_views.add_contact, name="contact-new"),
    path("new/<int:creation_id>/", new_views.show_new, name="contact-new-status"),
    path("bulk/", bulk_views.change_many, name="contact-bulk"),
    path("bulk/<slug:batch>/", bulk_views.show_batch, name="contact-batch"),
    path("bulk/<slug:batch>/retry/", bulk_views.retry_batch, name="contact-batch-retry"),
]
