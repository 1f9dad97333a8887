"""What a whole postmortem looks like in JSON: its head in lists, everything when one is read or created."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.accounts.models import Team
from kb.lib.api_fields import StrictModelSerializer, StrictSerializer, Text, Version, WebLink
from postmortems.api.fields import NewSlugs, People, Person, Slug, Slugs
from postmortems.api.rows import PARTS, set_of
from postmortems.figures import figures_of
from postmortems.models import Postmortem, Service, Severity, Tag
from postmortems.models.reviews import QUESTIONS, Review

VERBS = ("read", "comment", "write", "lead", "review")
MOST_ROWS = 500  # in one request

WRITTEN = [
    "title", "takeaway", "kind", "depth", "severity", "trigger", "zone", "facilitator", "authors", "teams", "services",
    "conditions", "tags", "source_url", "language", "due_on", "fixed_from", "nothing_new_because",
]  # fmt: skip
TOLD = [
    "owner", "status", "visibility", "origin", "created_at", "updated_at", "published_at", "visible_since",
    "withdrawn_because", "url",
]  # fmt: skip


class HeadSerializer(StrictModelSerializer):
    """The head of a postmortem: its own fields, without its parts."""

    elsewhere = {
        "owner": "Use hand-over/ instead.",
        "visibility": "Use restrict/ or open-up/ instead.",
        "status": "Use an action such as publish/ instead.",
        **{name: f"Use {name}/ instead: every row has its own version." for name in PARTS},
    }

    reference = serializers.CharField(read_only=True, max_length=12)
    version = Version(help_text="Of the whole: grows with every change to any part. Also the ETag.")
    details_version = Version(help_text="Of these fields alone. In a request: the one that you read.")
    title = Text(max_length=200, trim_whitespace=True)
    severity = Slug(model=Severity)
    owner = Person(read_only=True)
    facilitator = Person()
    authors = People()
    teams = Slugs(model=Team)
    services = NewSlugs(model=Service)
    conditions = NewSlugs(model=Service, help_text="Services where the conditions lay.")
    tags = NewSlugs(model=Tag)
    source_url = WebLink(required=False, max_length=2000)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Postmortem
        fields = ["reference", "uid", "version", "details_version", *WRITTEN, *TOLD]


class FigureSerializer(serializers.Serializer):
    """A duration computed from two milestones."""

    key = serializers.CharField()
    name = serializers.CharField()
    definition = serializers.CharField()
    seconds = serializers.IntegerField(allow_null=True, help_text="null where it cannot honestly be told.")
    approximate = serializers.BooleanField()
    note = serializers.CharField()
    missing = serializers.CharField()


class PostmortemSerializer(HeadSerializer):
    """A postmortem with all its parts."""

    sections = PARTS["sections"][0](source=set_of("sections"), many=True, read_only=True)
    participants = PARTS["participants"][0](source=set_of("participants"), many=True, read_only=True)
    impact = PARTS["impact"][0](source=set_of("impact"), many=True, read_only=True)
    timeline = PARTS["timeline"][0](source=set_of("timeline"), many=True, read_only=True)
    milestones = PARTS["milestones"][0](source=set_of("milestones"), many=True, read_only=True)
    perspectives = PARTS["perspectives"][0](source=set_of("perspectives"), many=True, read_only=True)
    questions = PARTS["questions"][0](source=set_of("questions"), many=True, read_only=True)
    factors = PARTS["factors"][0](source=set_of("factors"), many=True, read_only=True)
    observations = PARTS["observations"][0](source=set_of("observations"), many=True, read_only=True)
    learnings = PARTS["learnings"][0](source=set_of("learnings"), many=True, read_only=True)
    countermeasures = PARTS["countermeasures"][0](source=set_of("countermeasures"), many=True, read_only=True)
    evidence = PARTS["evidence"][0](source=set_of("evidence"), many=True, read_only=True)
    figures = serializers.SerializerMethodField()
    you_may = serializers.SerializerMethodField()

    class Meta(HeadSerializer.Meta):
        fields = [*HeadSerializer.Meta.fields, *PARTS, "figures", "you_may"]

    @extend_schema_field(FigureSerializer(many=True))
    def get_figures(self, postmortem):
        figures = figures_of(postmortem.milestone_set.all(), postmortem.published_at)
        told = [{**vars(f), "seconds": None if f.value is None else int(f.value.total_seconds())} for f in figures]
        return FigureSerializer(told, many=True).data

    @extend_schema_field({"type": "array", "items": {"type": "string", "enum": VERBS}})
    def get_you_may(self, postmortem):
        access = postmortem.access(self.context["request"].user)
        return [verb for verb in VERBS if access[verb]]


def loaded():
    """Postmortems with everything that PostmortemSerializer shows: about 25 queries, whatever the size."""
    along = [f"{set_of(name)}__{field}" for name, (_, fields) in PARTS.items() for field in fields]
    heads = Postmortem.objects.select_related("severity", "owner", "facilitator")
    return heads.prefetch_related("authors", "teams", "services", "conditions", "tags", *map(set_of, PARTS), *along)


class NewPostmortemSerializer(HeadSerializer):
    """What a new postmortem may say: a title is enough. While it is created its rows have no uids, so that `#1` names
    the first row of a list in this request (a countermeasure's `factors: ["#1"]`)."""

    elsewhere = {"owner": "It is yours at first; use hand-over/ afterwards."}

    visibility = serializers.ChoiceField(Postmortem.Visibility.choices, required=False)
    sections = PARTS["sections"][0](many=True, required=False)
    participants = PARTS["participants"][0](many=True, required=False)
    impact = PARTS["impact"][0](many=True, required=False)
    timeline = PARTS["timeline"][0](many=True, required=False)
    milestones = PARTS["milestones"][0](many=True, required=False)
    perspectives = PARTS["perspectives"][0](many=True, required=False)
    questions = PARTS["questions"][0](many=True, required=False)
    factors = PARTS["factors"][0](many=True, required=False)
    observations = PARTS["observations"][0](many=True, required=False)
    learnings = PARTS["learnings"][0](many=True, required=False)
    countermeasures = PARTS["countermeasures"][0](many=True, required=False)
    evidence = PARTS["evidence"][0](many=True, required=False)

    class Meta(HeadSerializer.Meta):
        fields = [*WRITTEN, "visibility", *PARTS]

    reference = version = details_version = owner = url = None

    def to_internal_value(self, data):
        lists = {name: data[name] for name in PARTS if isinstance(data, dict) and isinstance(data.get(name), list)}
        if sum(map(len, lists.values())) > MOST_ROWS:
            reason = f"At most {MOST_ROWS} rows at once; add the others afterwards."
            raise serializers.ValidationError({"non_field_errors": [reason]})
        sizes = {PARTS[name][0].Meta.model.KIND: len(rows) for name, rows in lists.items()}
        self.context["sizes"] = sizes
        return super().to_internal_value(data)

    def validate(self, data):
        for name, field in (("milestones", "type"), ("participants", "user")):
            values = [row.get(field) for row in data.get(name, []) if row.get(field)]
            if len(values) > len(set(values)):
                raise serializers.ValidationError({name: f"The same {field} stands twice in it."})
        for name in PARTS:
            if any("version" in row for row in data.get(name, [])):
                raise serializers.ValidationError({name: "A new row has no version yet."})
        return data


class ReviewSerializer(StrictModelSerializer):
    reviewer = Person(allow_null=False)
    outcome = serializers.ChoiceField(Review.Outcome.choices, read_only=True, allow_blank=True)
    answers = serializers.DictField(child=Text(max_length=2000), read_only=True)

    class Meta:
        model = Review
        fields = ["uid", "reviewer", "outcome", "answers", "comment", "asked_at", "answered_at", "at_version"]
        read_only_fields = ["outcome", "comment", "asked_at", "answered_at", "at_version"]


def answers_field():
    keys = ", ".join(f"`{key}`" for key in QUESTIONS)
    return serializers.DictField(child=Text(max_length=2000), help_text=f"An answer to each question: {keys}.")


class ActionSerializer(StrictSerializer):
    version = Version(help_text="The version of the whole that you read, unless If-Match says it.")


class ReasonedSerializer(ActionSerializer):
    reason = Text(max_length=2000)


class RestrictSerializer(ActionSerializer):
    reason = Text(max_length=2000, required=False, allow_blank=True, default="")


class SubmitSerializer(ActionSerializer):
    reviewers = People(help_text="Whom to ask; anybody who may edit can also answer.")


class HandOverSerializer(ActionSerializer):
    owner = Person(allow_null=False)


class AnswerSerializer(ActionSerializer):
    outcome = serializers.ChoiceField(["approved", "changes_asked"])
    answers = answers_field()
    comment = Text(max_length=100_000, required=False, allow_blank=True, default="")

    def validate_answers(self, value):
        unknown = [key for key in value if key not in QUESTIONS]
        if unknown:
            raise serializers.ValidationError({unknown[0]: "There is no such question."})
        return value
