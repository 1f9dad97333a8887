"""The four severities that an installation starts with; people edit them in the administration."""

from django.db import migrations

SEVERITIES = [
    ("sev1", "SEV 1", "The service is down or data is at risk for most people.", 1),
    ("sev2", "SEV 2", "An important function is down, or many people are affected.", 2),
    ("sev3", "SEV 3", "Something is degraded; most people can still do their work.", 3),
    ("sev4", "SEV 4", "Hardly anybody noticed, and it still taught us something.", 4),
]


def add(apps, schema_editor):
    severity = apps.get_model("postmortems", "Severity")
    for slug, name, about, rank in SEVERITIES:
        severity.objects.get_or_create(slug=slug, defaults={"name": name, "about": about, "rank": rank})


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
