"""Who of ours edited a task or an appointment last."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activity", "0003_next_step")]
    operations = [
        migrations.AddField("task", "edited_by", models.BigIntegerField(null=True)),
        migrations.AddField("appointment", "edited_by", models.BigIntegerField(null=True)),
    ]
