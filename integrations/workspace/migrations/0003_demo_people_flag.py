from django.db import migrations, models


def flag_demo_people(apps, schema_editor):
    """Until now they were told by their address, which a person could change."""
    apps.get_model("workspace", "User").objects.filter(email__iendswith="@demo.example").update(is_demo=True)


def forget_other_addresses(apps, schema_editor):
    """A person signs in with the address of their row alone; others, which anybody could add, let nobody in."""
    apps.get_model("account", "EmailAddress").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('workspace', '0002_presence'),
        ('account', '0009_emailaddress_unique_primary_email'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='is_demo',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunPython(flag_demo_people, migrations.RunPython.noop),
        migrations.RunPython(forget_other_addresses, migrations.RunPython.noop),
    ]
