"""Lists read what everybody may see from an index, in order, and count it without touching the rows."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("postmortems", "0002_severities"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="postmortem",
            index=models.Index(
                fields=["visibility", "trashed_at", "-published_at", "-number", "status"], name="readable_newest"
            ),
        ),
    ]
