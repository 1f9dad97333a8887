"""What contributed (plural; there is no root cause) and what was noticed besides."""

from django.db import models

from postmortems.models.catalog import Theme
from postmortems.models.parts import Part, long_text, plain_line


class ContributingFactor(Part):
    class Role(models.TextChoices):
        TRIGGERED = "triggered", "Triggered it"
        ENABLED = "enabled", "Made it possible"
        MADE_WORSE = "made_worse", "Made it worse"
        DELAYED_DETECTION = "delayed_detection", "Delayed detection"
        DELAYED_RECOVERY = "delayed_recovery", "Delayed recovery"
        REDUCED_HARM = "reduced_harm", "Reduced the harm"
        LUCK = "luck", "Luck"

    class Category(models.TextChoices):
        """SRE Workbook, appendix C, and six more."""

        SOFTWARE = "software", "Software"
        DEVELOPMENT_PROCESS = "development_process", "Development process"
        COMPLEX_SYSTEM = "complex_system", "Complex system behaviour"
        DEPLOYMENT_PLANNING = "deployment_planning", "Deployment planning"
        NETWORK = "network", "Network"
        CONFIGURATION = "configuration", "Configuration"
        DEPENDENCY = "dependency", "Dependency"
        DATA = "data", "Data"
        MONITORING = "monitoring", "Monitoring"
        DOCUMENTATION = "documentation", "Documentation"
        TOOLING = "tooling", "Tooling"

    class Layer(models.TextChoices):
        """After the factor groups of the London Protocol; a person's act is never a last answer."""

        ORGANIZATION = "organization", "Organization and context"
        PRIORITIES = "priorities", "Priorities"
        WORK_ENVIRONMENT = "work_environment", "Work environment and tools"
        TEAM = "team", "Team and communication"
        TASK = "task", "Task and procedure"
        KNOWLEDGE = "knowledge", "Knowledge available"
        TECHNOLOGY = "technology", "Technology"
        EXTERNAL = "external", "External"

    class Defence(models.TextChoices):
        REVIEW = "review", "Review"
        TEST = "test", "Test"
        STAGED_ROLLOUT = "staged_rollout", "Staged rollout"
        ALERT = "alert", "Alert"
        LIMIT = "limit", "Limit"
        REDUNDANCY = "redundancy", "Redundancy"
        RUNBOOK = "runbook", "Runbook"
        TRAINING = "training", "Training"

    KIND = "factor"
    MARKDOWN = {"statement": "block"}

    statement = long_text(blank=False)
    statement_html = models.TextField(blank=True, editable=False)
    role = models.CharField(max_length=18, choices=Role.choices, default=Role.ENABLED)
    category = models.CharField(max_length=20, choices=Category.choices, blank=True)
    layer = models.CharField(max_length=18, choices=Layer.choices, blank=True)
    defence = models.CharField("the defence that should have stood", max_length=16, choices=Defence.choices, blank=True)
    theme = models.ForeignKey(Theme, models.SET_NULL, null=True, blank=True, related_name="factors")
    no_countermeasure_because = plain_line(300)

    class Meta(Part.Meta):
        verbose_name = "contributing factor"

    def __str__(self):
        return self.statement[:80]

    @property
    def wants_an_answer(self):
        """What reduced the harm needs no countermeasure."""
        return self.role != self.Role.REDUCED_HARM


class Observation(Part):
    class Kind(models.TextChoices):
        WENT_WELL = "went_well", "Went well"
        WENT_POORLY = "went_poorly", "Went poorly"
        LUCKY = "lucky", "Got lucky"
        SURPRISED = "surprised", "Surprised us"

    KIND = "observation"
    MARKDOWN = {"text": "block"}

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.WENT_WELL)
    text = long_text(blank=False)
    text_html = models.TextField(blank=True, editable=False)
    no_countermeasure_because = plain_line(300)

    def __str__(self):
        return self.text[:80]

    @property
    def wants_an_answer(self):
        return self.kind in (self.Kind.WENT_POORLY, self.Kind.LUCKY)
