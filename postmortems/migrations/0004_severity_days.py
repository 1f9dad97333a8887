"""How long countermeasures of each severity are given, and when to look whether they held."""

from django.db import migrations, models

DAYS = {1: (14, 30), 2: (30, 30), 3: (60, 30), 4: (90, 60)}  # rank → days for a countermeasure, until its effect check


def suggest(apps, schema_editor):
    for rank, (due, check) in DAYS.items():
        apps.get_model("postmortems", "Severity").objects.filter(rank=rank).update(due_days=due, check_days=check)


class Migration(migrations.Migration):
    dependencies = [
        ("postmortems", "0003_kept_of_removed_parts"),
    ]

    operations = [
        migrations.AddField(
            model_name="severity",
            name="check_days",
            field=models.PositiveSmallIntegerField(
                default=30,
                help_text="from the day that a countermeasure is done",
                verbose_name="days until the effect check",
            ),
        ),
        migrations.AddField(
            model_name="severity",
            name="due_days",
            field=models.PositiveSmallIntegerField(
                default=60,
                help_text="suggested as its due date, counted from the day it is written",
                verbose_name="days for a countermeasure",
            ),
        ),
        migrations.RunPython(suggest, migrations.RunPython.noop),
    ]
