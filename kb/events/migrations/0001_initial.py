import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import kb.lib.uids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Lease",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("holder", models.CharField(blank=True, max_length=12)),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("consumer", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=80)),
                ("token", models.CharField(default=kb.lib.uids.new_uid, max_length=12)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("parked_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "indexes": [models.Index(fields=["consumer", "due_at"], name="events_deli_consume_fc3935_idx")],
                "constraints": [
                    models.UniqueConstraint(fields=("consumer", "subject"), name="one_delivery_per_subject")
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("kind", models.CharField(db_index=True, max_length=60)),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("subject", models.CharField(db_index=True, max_length=80)),
                ("group", models.CharField(blank=True, db_index=True, max_length=12)),
                ("data", models.JSONField(default=dict)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
    ]
