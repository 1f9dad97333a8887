import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import kb.accounts.models
import kb.lib.plain_text
import kb.lib.uids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                (
                    "username",
                    models.CharField(
                        max_length=60,
                        unique=True,
                        validators=[
                            django.contrib.auth.validators.UnicodeUsernameValidator(),
                            kb.lib.plain_text.validate_plain_text,
                        ],
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254)),
                (
                    "name",
                    models.CharField(
                        blank=True,
                        max_length=120,
                        validators=[kb.lib.plain_text.validate_plain_text],
                        verbose_name="full name",
                    ),
                ),
                (
                    "also_known_as",
                    models.CharField(
                        blank=True,
                        help_text="Other names in chat and logs, separated by commas.",
                        max_length=300,
                        validators=[kb.lib.plain_text.validate_plain_text],
                    ),
                ),
                (
                    "zone",
                    models.CharField(
                        default="UTC",
                        max_length=60,
                        validators=[kb.accounts.models.validate_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("reader", "Reader"),
                            ("member", "Member"),
                            ("facilitator", "Facilitator"),
                            ("security", "Security"),
                        ],
                        default="member",
                        max_length=12,
                    ),
                ),
                ("is_admin", models.BooleanField(default=False, verbose_name="administrator")),
                ("is_active", models.BooleanField(default=True)),
                ("is_system", models.BooleanField(default=False, editable=False)),
                ("single_keys", models.BooleanField(default=True, verbose_name="single-key shortcuts")),
                ("joined_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "ordering": ["name", "username"],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(("email", ""), _negated=True),
                        name="one_user_per_email",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                (
                    "name",
                    models.CharField(blank=True, max_length=80, validators=[kb.lib.plain_text.validate_plain_text]),
                ),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "scope",
                    models.CharField(
                        choices=[("read", "Read"), ("write", "Read and write")], default="read", max_length=5
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("last_used_at", models.DateTimeField(editable=False, null=True)),
                ("revoked_at", models.DateTimeField(editable=False, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                (
                    "name",
                    models.CharField(max_length=80, unique=True, validators=[kb.lib.plain_text.validate_plain_text]),
                ),
                ("slug", models.SlugField(allow_unicode=True, max_length=80, unique=True)),
                (
                    "about",
                    models.CharField(blank=True, max_length=300, validators=[kb.lib.plain_text.validate_plain_text]),
                ),
                (
                    "members",
                    models.ManyToManyField(
                        related_name="teams", through="accounts.Membership", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="team",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="accounts.team"
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("team", "user"), name="one_membership_per_person"),
        ),
    ]
