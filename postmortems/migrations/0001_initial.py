import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import kb.lib.instants
import kb.lib.plain_text
import kb.lib.uids
import postmortems.models.states


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("value", models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Postmortem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("renderer", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("number", models.PositiveIntegerField(editable=False, unique=True)),
                (
                    "title",
                    models.CharField(
                        max_length=200,
                        validators=[kb.lib.plain_text.validate_plain_text, kb.lib.plain_text.validate_not_blank],
                    ),
                ),
                (
                    "takeaway",
                    models.CharField(
                        blank=True, default="", max_length=400, validators=[kb.lib.plain_text.validate_plain_text]
                    ),
                ),
                ("takeaway_html", models.TextField(blank=True, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("incident", "Incident"),
                            ("near_miss", "Near miss"),
                            ("exercise", "Exercise"),
                            ("planned_change", "Planned change gone odd"),
                        ],
                        default="incident",
                        max_length=16,
                    ),
                ),
                (
                    "depth",
                    models.CharField(
                        choices=[("note", "Note"), ("standard", "Standard"), ("deep", "Deep")],
                        default="standard",
                        max_length=10,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("in_review", "In review"),
                            ("published", "Published"),
                            ("archived", "Archived"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=10,
                    ),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[("organization", "Organization"), ("restricted", "Restricted")],
                        default="organization",
                        editable=False,
                        max_length=12,
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("written", "Written here"), ("imported", "Imported")],
                        default="written",
                        editable=False,
                        max_length=8,
                    ),
                ),
                (
                    "trigger",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("binary_push", "Binary push"),
                            ("configuration_push", "Configuration push"),
                            ("user_behaviour_change", "User behaviour change"),
                            ("processing_pipeline", "Processing pipeline"),
                            ("provider_change", "Provider change"),
                            ("performance_decay", "Performance decay"),
                            ("capacity", "Capacity"),
                            ("hardware", "Hardware"),
                            ("certificate_or_clock_expiry", "Certificate or clock expiry"),
                            ("security_event", "Security event"),
                            ("exercise", "Exercise"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "zone",
                    models.CharField(
                        default="UTC",
                        help_text="the zone that the incident is told in",
                        max_length=60,
                        validators=[kb.lib.instants.validate_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "source_url",
                    models.CharField(
                        blank=True,
                        max_length=2000,
                        validators=[django.core.validators.URLValidator(["http", "https"])],
                        verbose_name="source link",
                    ),
                ),
                ("language", models.CharField(default="en", max_length=12)),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="due date")),
                ("fixed_from", models.DateField(blank=True, null=True, verbose_name="countermeasures soak until")),
                (
                    "nothing_new_because",
                    models.CharField(
                        blank=True, default="", max_length=400, validators=[kb.lib.plain_text.validate_plain_text]
                    ),
                ),
                ("nothing_new_because_html", models.TextField(blank=True, editable=False)),
                ("details_version", models.PositiveIntegerField(default=1, editable=False)),
                ("published_at", models.DateTimeField(editable=False, null=True)),
                ("visible_since", models.DateTimeField(db_index=True, editable=False, null=True)),
                ("withdrawn_because", models.TextField(blank=True, editable=False)),
                ("trashed_at", models.DateTimeField(db_index=True, editable=False, null=True)),
                ("authors", models.ManyToManyField(blank=True, related_name="authored", to=settings.AUTH_USER_MODEL)),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "facilitator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="facilitated",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="owned",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("teams", models.ManyToManyField(blank=True, related_name="postmortems", to="accounts.team")),
                (
                    "trashed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
            },
            bases=(postmortems.models.states.States, models.Model),
        ),
        migrations.CreateModel(
            name="Severity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=40, validators=[kb.lib.plain_text.validate_plain_text])),
                (
                    "about",
                    models.CharField(blank=True, max_length=200, validators=[kb.lib.plain_text.validate_plain_text]),
                ),
                ("rank", models.PositiveSmallIntegerField(default=1, help_text="1 is the most severe")),
            ],
            options={
                "verbose_name_plural": "severities",
                "ordering": ["rank"],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("name", models.CharField(max_length=80, validators=[kb.lib.plain_text.validate_plain_text])),
                ("slug", models.SlugField(allow_unicode=True, max_length=80, unique=True)),
                (
                    "about",
                    models.CharField(blank=True, max_length=300, validators=[kb.lib.plain_text.validate_plain_text]),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("topic", "Topic"), ("technology", "Technology"), ("practice", "Practice")],
                        default="topic",
                        max_length=12,
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Theme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("name", models.CharField(max_length=80, validators=[kb.lib.plain_text.validate_plain_text])),
                ("slug", models.SlugField(allow_unicode=True, max_length=80, unique=True)),
                (
                    "about",
                    models.CharField(blank=True, max_length=300, validators=[kb.lib.plain_text.validate_plain_text]),
                ),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ContributingFactor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("renderer", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("position", models.BigIntegerField(default=0, editable=False)),
                (
                    "statement",
                    models.TextField(
                        max_length=100000,
                        validators=[
                            kb.lib.plain_text.validate_plain_text,
                            kb.lib.plain_text.validate_not_blank,
                            django.core.validators.MaxLengthValidator(100000),
                        ],
                    ),
                ),
                ("statement_html", models.TextField(blank=True, editable=False)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("triggered", "Triggered it"),
                            ("enabled", "Made it possible"),
                            ("made_worse", "Made it worse"),
                            ("delayed_detection", "Delayed detection"),
                            ("delayed_recovery", "Delayed recovery"),
                            ("reduced_harm", "Reduced the harm"),
                            ("luck", "Luck"),
                        ],
                        default="enabled",
                        max_length=18,
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("software", "Software"),
                            ("development_process", "Development process"),
                            ("complex_system", "Complex system behaviour"),
                            ("deployment_planning", "Deployment planning"),
                            ("network", "Network"),
                            ("configuration", "Configuration"),
                            ("dependency", "Dependency"),
                            ("data", "Data"),
                            ("monitoring", "Monitoring"),
                            ("documentation", "Documentation"),
                            ("tooling", "Tooling"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "layer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("organization", "Organization and context"),
                            ("priorities", "Priorities"),
                            ("work_environment", "Work environment and tools"),
                            ("team", "Team and communication"),
                            ("task", "Task and procedure"),
                            ("knowledge", "Knowledge available"),
                            ("technology", "Technology"),
                            ("external", "External"),
                        ],
                        max_length=18,
                    ),
                ),
                (
                    "defence",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("review", "Review"),
                            ("test", "Test"),
                            ("staged_rollout", "Staged rollout"),
                            ("alert", "Alert"),
                            ("limit", "Limit"),
                            ("redundancy", "Redundancy"),
                            ("runbook", "Runbook"),
                            ("training", "Training"),
                        ],
                        max_length=16,
                        verbose_name="the defence that should have stood",
                    ),
                ),
                (
                    "no_countermeasure_because",
                    models.CharField(
                        blank=True, default="", max_length=300, validators=[kb.lib.plain_text.validate_plain_text]
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)s_set",
                        to="postmortems.postmortem",
                    ),
                ),
                (
                    "theme",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="factors",
                        to="postmortems.theme",
                    ),
                ),
            ],
            options={
                "verbose_name": "contributing factor",
                "ordering": ["position", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("part_kind", models.CharField(max_length=20)),
                ("part_uid", models.CharField(max_length=12)),
                ("action", models.CharField(max_length=10)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("version", models.PositiveIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="postmortems.postmortem"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ImpactMeasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("renderer", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("position", models.BigIntegerField(default=0, editable=False)),
                (
                    "affected",
                    models.CharField(
                        choices=[
                            ("users", "Users"),
                            ("internal", "Internal"),
                            ("revenue", "Revenue"),
                            ("data", "Data"),
                            ("reputation", "Reputation"),
                        ],
                        default="users",
                        max_length=10,
                    ),
                ),
                (
                    "metric",
                    models.CharField(
                        max_length=200,
                        validators=[kb.lib.plain_text.validate_plain_text, kb.lib.plain_text.validate_not_blank],
                    ),
                ),
                ("value", models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True)),
                (
                    "unit",
                    models.CharField(
                        blank=True, default="", max_length=40, validators=[kb.lib.plain_text.validate_plain_text]
                    ),
                ),
                (
                    "quality",
                    models.CharField(
                        choices=[("estimated", "Estimated"), ("measured", "Measured")],
                        default="estimated",
                        max_length=9,
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="how it was measured or estimated",
                        max_length=300,
                        validators=[kb.lib.plain_text.validate_plain_text],
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)s_set",
                        to="postmortems.postmortem",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("renderer", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("position", models.BigIntegerField(default=0, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("went_well", "Went well"),
                            ("went_poorly", "Went poorly"),
                            ("lucky", "Got lucky"),
                            ("surprised", "Surprised us"),
                        ],
                        default="went_well",
                        max_length=12,
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        max_length=100000,
                        validators=[
                            kb.lib.plain_text.validate_plain_text,
                            kb.lib.plain_text.validate_not_blank,
                            django.core.validators.MaxLengthValidator(100000),
                        ],
                    ),
                ),
                ("text_html", models.TextField(blank=True, editable=False)),
                (
                    "no_countermeasure_because",
                    models.CharField(
                        blank=True, default="", max_length=300, validators=[kb.lib.plain_text.validate_plain_text]
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)s_set",
                        to="postmortems.postmortem",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OldAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("slug", models.SlugField(allow_unicode=True, max_length=80)),
                ("target_uid", models.CharField(max_length=12)),
            ],
            options={
                "verbose_name_plural": "old addresses",
                "constraints": [models.UniqueConstraint(fields=("kind", "slug"), name="one_target_per_old_address")],
            },
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("renderer", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("position", models.BigIntegerField(default=0, editable=False)),
                (
                    "name",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="for somebody without an account here",
                        max_length=120,
                        validators=[kb.lib.plain_text.validate_plain_text],
                    ),
                ),
                (
                    "function",
                    models.CharField(
                        choices=[
                            ("commander", "Incident commander"),
                            ("scribe", "Scribe"),
                            ("liaison", "Liaison"),
                            ("service_owner", "Service owner"),
                            ("responder", "Responder"),
                            ("customer_contact", "Customer contact"),
                            ("other", "Other"),
                        ],
                        default="responder",
                        max_length=20,
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)s_set",
                        to="postmortems.postmortem",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="participations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("", "Asked"), ("approved", "Approved"), ("changes_asked", "Changes asked")],
                        default="",
                        max_length=14,
                    ),
                ),
                ("answers", models.JSONField(blank=True, default=dict)),
                (
                    "comment",
                    models.TextField(
                        blank=True,
                        max_length=100000,
                        validators=[
                            kb.lib.plain_text.validate_plain_text,
                            django.core.validators.MaxLengthValidator(100000),
                        ],
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                ("at_version", models.PositiveIntegerField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="review_set",
                        to="postmortems.postmortem",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("renderer", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("position", models.BigIntegerField(default=0, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("summary", "Summary"),
                            ("background", "Background"),
                            ("impact", "Impact"),
                            ("detection", "Detection"),
                            ("narrative", "What happened"),
                            ("resolution", "Resolution"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=12,
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="only for a section of the kind “other”",
                        max_length=120,
                        validators=[kb.lib.plain_text.validate_plain_text],
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        blank=True,
                        max_length=100000,
                        validators=[
                            kb.lib.plain_text.validate_plain_text,
                            django.core.validators.MaxLengthValidator(100000),
                        ],
                    ),
                ),
                ("text_html", models.TextField(blank=True, editable=False)),
                (
                    "skipped_because",
                    models.CharField(
                        blank=True, default="", max_length=300, validators=[kb.lib.plain_text.validate_plain_text]
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)s_set",
                        to="postmortems.postmortem",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Service",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("name", models.CharField(max_length=80, validators=[kb.lib.plain_text.validate_plain_text])),
                ("slug", models.SlugField(allow_unicode=True, max_length=80, unique=True)),
                (
                    "about",
                    models.CharField(blank=True, max_length=300, validators=[kb.lib.plain_text.validate_plain_text]),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="services",
                        to="accounts.team",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="postmortem",
            name="conditions",
            field=models.ManyToManyField(
                blank=True,
                related_name="conditions",
                to="postmortems.service",
                verbose_name="services where the conditions lay",
            ),
        ),
        migrations.AddField(
            model_name="postmortem",
            name="services",
            field=models.ManyToManyField(blank=True, related_name="postmortems", to="postmortems.service"),
        ),
        migrations.AddField(
            model_name="postmortem",
            name="severity",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="postmortems.severity"
            ),
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("reason", models.CharField(max_length=20)),
                ("version", models.PositiveIntegerField()),
                ("data", models.JSONField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snapshots",
                        to="postmortems.postmortem",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="postmortem",
            name="tags",
            field=models.ManyToManyField(blank=True, related_name="postmortems", to="postmortems.tag"),
        ),
        migrations.CreateModel(
            name="Learning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("renderer", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("position", models.BigIntegerField(default=0, editable=False)),
                ("number", models.PositiveIntegerField(editable=False, unique=True)),
                (
                    "claim",
                    models.CharField(
                        help_text="one claim, not a topic; 300 characters at most",
                        max_length=300,
                        validators=[kb.lib.plain_text.validate_plain_text, kb.lib.plain_text.validate_not_blank],
                    ),
                ),
                ("claim_html", models.TextField(blank=True, editable=False)),
                (
                    "why_it_matters",
                    models.TextField(
                        blank=True,
                        max_length=100000,
                        validators=[
                            kb.lib.plain_text.validate_plain_text,
                            django.core.validators.MaxLengthValidator(100000),
                        ],
                    ),
                ),
                ("why_it_matters_html", models.TextField(blank=True, editable=False)),
                (
                    "what_to_do_differently",
                    models.TextField(
                        blank=True,
                        max_length=100000,
                        validators=[
                            kb.lib.plain_text.validate_plain_text,
                            django.core.validators.MaxLengthValidator(100000),
                        ],
                    ),
                ),
                ("what_to_do_differently_html", models.TextField(blank=True, editable=False)),
                (
                    "audience",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="for whom",
                        max_length=120,
                        validators=[kb.lib.plain_text.validate_plain_text],
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)s_set",
                        to="postmortems.postmortem",
                    ),
                ),
                (
                    "services",
                    models.ManyToManyField(
                        blank=True,
                        related_name="learnings",
                        to="postmortems.service",
                        verbose_name="applies to services",
                    ),
                ),
                (
                    "tags",
                    models.ManyToManyField(
                        blank=True, related_name="learnings", to="postmortems.tag", verbose_name="applies to"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TimelineEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("renderer", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("position", models.BigIntegerField(default=0, editable=False)),
                ("at", models.DateTimeField(blank=True, null=True, verbose_name="time")),
                (
                    "zone",
                    models.CharField(
                        default="UTC",
                        max_length=60,
                        validators=[kb.lib.instants.validate_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "precision",
                    models.CharField(
                        choices=[
                            ("second", "to the second"),
                            ("minute", "to the minute"),
                            ("hour", "to the hour"),
                            ("day", "to the day"),
                            ("unknown", "unknown"),
                        ],
                        default="minute",
                        max_length=8,
                    ),
                ),
                ("approximate", models.BooleanField(default=False)),
                (
                    "typed",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="the time as somebody typed it",
                        max_length=120,
                        validators=[kb.lib.plain_text.validate_plain_text],
                    ),
                ),
                ("until", models.DateTimeField(blank=True, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("change", "Change"),
                            ("symptom", "Symptom"),
                            ("detection", "Detection"),
                            ("observation", "Observation"),
                            ("hypothesis", "Hypothesis"),
                            ("decision", "Decision"),
                            ("action", "Action"),
                            ("communication", "Communication"),
                            ("recovery", "Recovery"),
                        ],
                        default="observation",
                        max_length=14,
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        max_length=100000,
                        validators=[
                            kb.lib.plain_text.validate_plain_text,
                            kb.lib.plain_text.validate_not_blank,
                            django.core.validators.MaxLengthValidator(100000),
                        ],
                    ),
                ),
                ("text_html", models.TextField(blank=True, editable=False)),
                (
                    "believed",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="what was believed at the time",
                        max_length=1000,
                        validators=[kb.lib.plain_text.validate_plain_text],
                    ),
                ),
                ("believed_html", models.TextField(blank=True, editable=False)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("typed", "Typed"),
                            ("chat", "Chat"),
                            ("alert", "Alert"),
                            ("deploy", "Deploy"),
                            ("log", "Log"),
                            ("ticket", "Ticket"),
                            ("memory", "Memory"),
                        ],
                        default="typed",
                        max_length=8,
                    ),
                ),
                (
                    "source_key",
                    models.CharField(
                        blank=True,
                        default="",
                        editable=False,
                        max_length=300,
                        validators=[kb.lib.plain_text.validate_plain_text],
                    ),
                ),
                ("evidence", models.CharField(blank=True, max_length=2000, verbose_name="link to evidence")),
                ("is_key_moment", models.BooleanField(default=False, verbose_name="key moment")),
                (
                    "participant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="entries",
                        to="postmortems.participant",
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)s_set",
                        to="postmortems.postmortem",
                    ),
                ),
            ],
            options={
                "verbose_name": "timeline entry",
                "verbose_name_plural": "timeline entries",
                "ordering": ["position", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("renderer", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("position", models.BigIntegerField(default=0, editable=False)),
                ("at", models.DateTimeField(blank=True, null=True, verbose_name="time")),
                (
                    "zone",
                    models.CharField(
                        default="UTC",
                        max_length=60,
                        validators=[kb.lib.instants.validate_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "precision",
                    models.CharField(
                        choices=[
                            ("second", "to the second"),
                            ("minute", "to the minute"),
                            ("hour", "to the hour"),
                            ("day", "to the day"),
                            ("unknown", "unknown"),
                        ],
                        default="minute",
                        max_length=8,
                    ),
                ),
                ("approximate", models.BooleanField(default=False)),
                (
                    "typed",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="the time as somebody typed it",
                        max_length=120,
                        validators=[kb.lib.plain_text.validate_plain_text],
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("began", "Condition introduced"),
                            ("started", "Impact began"),
                            ("detected", "Detected"),
                            ("declared", "Declared"),
                            ("engaged", "The right people present"),
                            ("diagnosed", "Diagnosed"),
                            ("mitigated", "Mitigated"),
                            ("recovered", "Impact no longer apparent"),
                            ("resolved", "Steady state restored"),
                            ("communicated", "Communicated"),
                            ("closed", "Closed"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True, default="", max_length=300, validators=[kb.lib.plain_text.validate_plain_text]
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)s_set",
                        to="postmortems.postmortem",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="milestones",
                        to="postmortems.timelineentry",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Fragment",
            fields=[
                (
                    "postmortem",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="fragment",
                        serialize=False,
                        to="postmortems.postmortem",
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("design", models.CharField(max_length=16)),
                ("html", models.TextField()),
            ],
            options={
                "indexes": [models.Index(fields=["postmortem", "version", "design"], name="fragment_made")],
            },
        ),
        migrations.CreateModel(
            name="ImportSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=500)),
                ("sha256", models.CharField(max_length=64)),
                ("version", models.PositiveIntegerField(help_text="the postmortem's version right after the import")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "postmortem",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="import_source",
                        to="postmortems.postmortem",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "key"), name="one_postmortem_per_source")],
            },
        ),
        migrations.CreateModel(
            name="Named",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("until", models.DateTimeField(blank=True, null=True)),
                (
                    "reason",
                    models.CharField(
                        blank=True, default="", max_length=300, validators=[kb.lib.plain_text.validate_plain_text]
                    ),
                ),
                ("break_glass", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="named_set",
                        to="postmortems.postmortem",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="named_on",
                        to="accounts.team",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="named_on",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("team__isnull", False), ("user", None)),
                            models.Q(("team", None), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="named_is_a_person_or_a_team",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Countermeasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(default=kb.lib.uids.new_uid, editable=False, max_length=12, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("renderer", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("position", models.BigIntegerField(default=0, editable=False)),
                ("number", models.PositiveIntegerField(editable=False, unique=True)),
                (
                    "statement",
                    models.TextField(
                        max_length=100000,
                        validators=[
                            kb.lib.plain_text.validate_plain_text,
                            kb.lib.plain_text.validate_not_blank,
                            django.core.validators.MaxLengthValidator(100000),
                        ],
                    ),
                ),
                ("statement_html", models.TextField(blank=True, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("investigate", "Investigate"),
                            ("repair", "Repair"),
                            ("detect", "Detect"),
                            ("mitigate", "Mitigate"),
                            ("prevent", "Prevent"),
                            ("prepare", "Prepare"),
                            ("share", "Share"),
                        ],
                        default="prevent",
                        max_length=12,
                    ),
                ),
                (
                    "strength",
                    models.CharField(
                        choices=[("stronger", "Stronger"), ("intermediate", "Intermediate"), ("weaker", "Weaker")],
                        default="intermediate",
                        max_length=12,
                    ),
                ),
                (
                    "priority",
                    models.CharField(
                        choices=[("high", "High"), ("normal", "Normal"), ("low", "Low")], default="normal", max_length=6
                    ),
                ),
                ("due_on", models.DateField(blank=True, db_index=True, null=True, verbose_name="due")),
                ("ticket", models.CharField(blank=True, max_length=2000, verbose_name="ticket link")),
                (
                    "expected_outcome",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="a hypothesis with a measure",
                        max_length=500,
                        validators=[kb.lib.plain_text.validate_plain_text],
                    ),
                ),
                ("expected_outcome_html", models.TextField(blank=True, editable=False)),
                ("check_on", models.DateField(blank=True, null=True, verbose_name="effect check")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("accepted", "Accepted"),
                            ("in_progress", "In progress"),
                            ("done", "Done"),
                            ("verified", "Verified"),
                            ("declined", "Declined"),
                            ("superseded", "Superseded"),
                        ],
                        default="proposed",
                        editable=False,
                        max_length=11,
                    ),
                ),
                ("done_at", models.DateTimeField(db_index=True, editable=False, null=True)),
                (
                    "effect",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("worked", "Worked"),
                            ("partly", "Partly"),
                            ("did_not", "Did not"),
                            ("cannot_tell", "Cannot tell yet"),
                        ],
                        editable=False,
                        max_length=11,
                    ),
                ),
                (
                    "declined_because",
                    models.CharField(
                        blank=True,
                        default="",
                        editable=False,
                        max_length=300,
                        validators=[kb.lib.plain_text.validate_plain_text],
                    ),
                ),
                (
                    "factors",
                    models.ManyToManyField(
                        blank=True, related_name="countermeasures", to="postmortems.contributingfactor"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="countermeasures",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "superseded_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="supersedes",
                        to="postmortems.countermeasure",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="countermeasures",
                        to="accounts.team",
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)s_set",
                        to="postmortems.postmortem",
                    ),
                ),
                (
                    "observations",
                    models.ManyToManyField(blank=True, related_name="countermeasures", to="postmortems.observation"),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "abstract": False,
                "indexes": [models.Index(fields=["postmortem", "status", "due_on", "number"], name="measures_in_turn")],
            },
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("user", None), _negated=True),
                fields=("postmortem", "user"),
                name="one_part_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(fields=("postmortem", "reviewer"), name="one_review_per_reviewer"),
        ),
        migrations.AddIndex(
            model_name="postmortem",
            index=models.Index(fields=["status", "visibility", "trashed_at", "-published_at"], name="of_one_state"),
        ),
        migrations.AddIndex(
            model_name="postmortem",
            index=models.Index(fields=["owner", "status"], name="postmortems_owner_i_60939e_idx"),
        ),
        migrations.AddIndex(
            model_name="postmortem",
            index=models.Index(
                fields=["visibility", "trashed_at", "-published_at", "-number", "status"], name="readable_newest"
            ),
        ),
        migrations.AddConstraint(
            model_name="milestone",
            constraint=models.UniqueConstraint(fields=("postmortem", "type"), name="one_milestone_of_each_type"),
        ),
    ]
