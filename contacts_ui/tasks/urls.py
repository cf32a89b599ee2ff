"""The addresses of a contact's tasks."""

from django.urls import path

from contacts_ui.tasks import edits, templates, views

urlpatterns = [
    path("new/", edits.new_task, name="task-new"),
    path("add/", edits.add_task, name="task-add"),
    path("templates/", templates.choose_template, name="task-templates"),
    path("templates/apply/", templates.apply_template, name="task-template-apply"),
    path("<int:task_id>/", views.show_task, name="task"),
    path("<int:task_id>/edit/", edits.edit_task, name="task-edit"),
    path("<int:task_id>/snooze/", edits.snooze_task, name="task-snooze"),
    path("<int:task_id>/save/", edits.save_task, name="task-save"),
    path("<int:task_id>/delete/", edits.delete_task, name="task-delete"),
    path("<int:task_id>/complete/", views.complete_task, name="task-complete"),
    path("<int:task_id>/reopen/", views.reopen_task, name="task-reopen"),
    path("<int:task_id>/undo/", views.undo_task, name="task-undo"),
    path("<int:task_id>/hold/", views.hold_task, name="task-hold"),
    path("<int:task_id>/retry/", views.retry_task, name="task-retry"),
    path("<int:task_id>/dismiss/", views.dismiss_task, name="task-dismiss"),
]
