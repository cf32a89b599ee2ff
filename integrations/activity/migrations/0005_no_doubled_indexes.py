"""Drops indexes that another one begins with. SQLite builds the tables anew for it, which loses their triggers."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

TRIGGERS = [
    statement
    for statement in import_module("integrations.activity.migrations.0003_search_index").SQLITE_UP
    if statement.startswith("CREATE TRIGGER")
]
REMOTE = ("appointment", "business", "calendar", "contact", "fielddefinition", "note", "remoteuser", "task")


def restore_triggers(apps, editor):
    if editor.connection.vendor == "sqlite":
        for statement in TRIGGERS:
            editor.execute(statement)


def without_index(model, name, to, related_name="+"):
    field = models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to=to
    )
    return migrations.AlterField(model_name=model, name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("activity", "0004_engine"), ("workspace", "0002_presence")]
    operations = [
        migrations.RunPython(migrations.RunPython.noop, restore_triggers),
        without_index("activityentry", "contact", "activity.contact", "entries"),
        *(without_index(model, "workspace", "workspace.workspace") for model in ("activityentry", *REMOTE)),
        migrations.RunPython(restore_triggers, migrations.RunPython.noop),
    ]
