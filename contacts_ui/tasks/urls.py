"""The addresses of one task of a contact."""

from django.urls import path

from contacts_ui.tasks import views

urlpatterns = [
    path("", views.show_task, name="task"),
    path("complete/", views.complete_task, name="task-complete"),
    path("reopen/", views.reopen_task, name="task-reopen"),
    path("undo/", views.undo_task, name="task-undo"),
    path("hold/", views.hold_task, name="task-hold"),
    path("retry/", views.retry_task, name="task-retry"),
    path("dismiss/", views.dismiss_task, name="task-dismiss"),
]
