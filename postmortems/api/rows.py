"""What a part looks like in JSON: one serializer per kind, used alone, inside a whole postmortem, and when creating."""

from rest_framework import serializers

from kb.lib.api_fields import StrictModelSerializer, Text, Version, WebLink
from postmortems.api.fields import CountermeasureReference, NewSlug, NewSlugs, Own, OwnFile, Owns, Person, team
from postmortems.models import (
    Attachment,
    ContributingFactor,
    Countermeasure,
    Evidence,
    ImpactMeasure,
    Learning,
    Milestone,
    Observation,
    Participant,
    Perspective,
    Question,
    Section,
    Service,
    Tag,
    Theme,
    TimelineEntry,
)  # fmt: skip

ALWAYS = ["uid", "version", "created_at", "updated_at"]
TIME = ["at", "zone", "precision", "approximate", "typed"]


class RowSerializer(StrictModelSerializer):
    version = Version()


class AttachmentSerializer(StrictModelSerializer):
    """A file; `url` is what texts name it by, `content` where a token gets it."""

    url = serializers.CharField(source="get_absolute_url", read_only=True)
    content = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = read_only_fields = ["uid", "name", "media_type", "size", "sha256", "width", "height", "at", "url",
                                     "content"]  # fmt: skip

    def get_content(self, row) -> str:
        return f"/api/v1/postmortems/{row.postmortem.reference}/attachments/{row.uid}/content/"


class SectionSerializer(RowSerializer):
    class Meta:
        model = Section
        fields = ["uid", "kind", "title", "text", "skipped_because", *ALWAYS[1:]]


class ParticipantSerializer(RowSerializer):
    user = Person()

    class Meta:
        model = Participant
        fields = ["uid", "user", "name", "function", *ALWAYS[1:]]

    def validate(self, data):
        user = data.get("user")
        others = Participant.objects.filter(postmortem=self.context.get("postmortem"), user=user)
        if user and others.exclude(pk=self.instance and self.instance.pk).exists():
            raise serializers.ValidationError({"user": f"{user.username} is among the participants already."})
        if not self.partial and not user and not data.get("name"):
            raise serializers.ValidationError({"name": "Give a user or a name."})
        return data


class MilestoneSerializer(RowSerializer):
    entry = Own("entry")

    class Meta:
        model = Milestone
        fields = ["uid", "type", *TIME, "note", "entry", *ALWAYS[1:]]

    def validate_type(self, value):
        others = Milestone.objects.filter(postmortem=self.context.get("postmortem"), type=value)
        if others.exclude(pk=self.instance and self.instance.pk).exists():
            raise serializers.ValidationError("There is one of this type already: change that one.")
        return value


class ImpactSerializer(RowSerializer):
    class Meta:
        model = ImpactMeasure
        fields = ["uid", "affected", "metric", "value", "unit", "quality", "how", *ALWAYS[1:]]


class EntrySerializer(RowSerializer):
    participant = Own("participant")
    evidence = WebLink(required=False, max_length=2000)

    class Meta:
        model = TimelineEntry
        fields = [
            "uid",
            *TIME,
            "until",
            "kind",
            "text",
            "believed",
            "participant",
            "source",
            "source_key",
            "evidence",
            "is_key_moment",
            *ALWAYS[1:],
        ]

    def validate(self, data):
        at = data.get("at", getattr(self.instance, "at", None))
        until = data.get("until", getattr(self.instance, "until", None))
        if at and until and until < at:
            raise serializers.ValidationError({"until": "It ends before it starts."})
        return data


class PerspectiveSerializer(RowSerializer):
    participant = Own("participant")

    class Meta:
        model = Perspective
        fields = ["uid", "participant", "by_function", "text", *ALWAYS[1:]]


class QuestionSerializer(RowSerializer):
    entry = Own("entry")

    class Meta:
        model = Question
        fields = ["uid", "text", "entry", "status", "answer", *ALWAYS[1:]]

    def validate(self, data):
        told = {name: data.get(name, getattr(self.instance, name, "")) for name in ("status", "answer")}
        if told["status"] == Question.Status.ANSWERED and not told["answer"].strip():
            raise serializers.ValidationError({"answer": "An answered question says its answer."})
        return data


class FactorSerializer(RowSerializer):
    theme = NewSlug(model=Theme)

    class Meta:
        model = ContributingFactor
        fields = [
            "uid",
            "statement",
            "role",
            "category",
            "layer",
            "defence",
            "theme",
            "no_countermeasure_because",
            *ALWAYS[1:],
        ]


class ObservationSerializer(RowSerializer):
    class Meta:
        model = Observation
        fields = ["uid", "kind", "text", "no_countermeasure_because", *ALWAYS[1:]]


class OfPostmortemSerializer(RowSerializer):
    """A row with a number of its own, which also stands in lists across postmortems."""

    reference = serializers.CharField(read_only=True, max_length=12)
    postmortem = serializers.CharField(source="postmortem.reference", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)


class LearningSerializer(OfPostmortemSerializer):
    services = NewSlugs(model=Service)
    tags = NewSlugs(model=Tag)

    class Meta:
        model = Learning
        fields = [
            "reference",
            "uid",
            "postmortem",
            "claim",
            "why_it_matters",
            "what_to_do_differently",
            "services",
            "tags",
            "audience",
            "url",
            *ALWAYS[1:],
        ]


class CountermeasureSerializer(OfPostmortemSerializer):
    owner = Person()
    team = team()
    factors = Owns("factor")
    observations = Owns("observation")
    ticket = WebLink(required=False, max_length=2000)
    superseded_by = CountermeasureReference()
    effect = serializers.ChoiceField(Countermeasure.Effect.choices, read_only=True, allow_blank=True)

    class Meta:
        model = Countermeasure
        fields = [
            "reference",
            "uid",
            "postmortem",
            "statement",
            "kind",
            "strength",
            "status",
            "factors",
            "observations",
            "owner",
            "team",
            "priority",
            "due_on",
            "ticket",
            "expected_outcome",
            "check_on",
            "done_at",
            "effect",
            "declined_because",
            "superseded_by",
            "url",
            *ALWAYS[1:],
        ]


class EvidenceSerializer(RowSerializer):
    attachment = OwnFile()
    file = AttachmentSerializer(source="attachment", read_only=True, allow_null=True)
    link = WebLink(required=False, max_length=2000)
    about = Text(
        max_length=40, required=False, allow_blank=True, help_text="`section-` or `entry-` and the uid of that row."
    )

    class Meta:
        model = Evidence
        fields = ["uid", *TIME, "kind", "caption", "excerpt", "link", "attachment", "file", "alt", "about", *ALWAYS[1:]]

    def validate_about(self, anchor):
        postmortem = self.context.get("postmortem")
        if anchor and (postmortem is None or postmortem.part_at(anchor) is None):
            raise serializers.ValidationError("There is no such row in this postmortem.")
        return anchor

    def validate(self, data):
        held = [data.get(name, getattr(self.instance, name, None)) for name in ("excerpt", "link", "attachment")]
        if not any(held):
            raise serializers.ValidationError({"excerpt": "Give an excerpt, a link or an attachment."})
        return data


# address in the API → (serializer, what its rows load along)
PARTS = {
    "sections": (SectionSerializer, []),
    "participants": (ParticipantSerializer, ["user"]),
    "impact": (ImpactSerializer, []),
    "timeline": (EntrySerializer, ["participant"]),
    "milestones": (MilestoneSerializer, ["entry"]),
    "perspectives": (PerspectiveSerializer, ["participant"]),
    "questions": (QuestionSerializer, ["entry"]),
    "evidence": (EvidenceSerializer, ["attachment__postmortem"]),
    "factors": (FactorSerializer, ["theme"]),
    "observations": (ObservationSerializer, []),
    "learnings": (LearningSerializer, ["services", "tags"]),
    "countermeasures": (
        CountermeasureSerializer, ["owner", "team", "factors", "observations", "superseded_by__postmortem"],
    ),
}  # fmt: skip


def model_of(name):
    return PARTS[name][0].Meta.model


def rows_of(name):
    """All rows of one kind with what JSON of them needs; the caller narrows them down."""
    loaded = PARTS[name][1]
    return model_of(name).objects.select_related("postmortem").prefetch_related(*loaded)


def set_of(name):
    """The name of the relation from a postmortem to these rows."""
    return f"{model_of(name).__name__.lower()}_set"
