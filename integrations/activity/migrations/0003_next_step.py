"""The order of the contact list by next step: the latest due date of a contact's open tasks, kept beside it."""

from django.db import migrations, models

FILL = (
    "UPDATE activity_contact SET last_due_at = (SELECT MAX(agenda_at) FROM activity_activityentry AS entry"
    # The second condition leads to the small index of open tasks; without it SQLite reads every entry.
    " WHERE entry.contact_id = activity_contact.id AND entry.agenda_at IS NOT NULL)"
    # Nobody waits for the rows of contacts that have none.
    " WHERE id IN (SELECT contact_id FROM activity_activityentry WHERE agenda_at IS NOT NULL)"
)


class Migration(migrations.Migration):
    dependencies = [("activity", "0002_search_index")]
    operations = [
        migrations.AddField("contact", "last_due_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "contact",
            models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["workspace", "last_due_at", "id"],
                name="contact_by_last_due",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
