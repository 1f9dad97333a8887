"""What lists can be narrowed by. Values are slugs and dates, so that an address can be read, written and shared."""

import datetime
from html import escape

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from kb.accounts.models import Team, User
from postmortems.models import Countermeasure, Learning, Postmortem, Service, Severity, Tag
from postmortems.models.visibility import OPEN
from postmortems.vocabulary import words_known_to

DATE = forms.DateInput(attrs={"type": "date"})


class QuickSelect(forms.Select):
    """A select whose options are joined here: a template for each of some hundred words would cost 15 ms."""

    def render(self, name, value, attrs=None, renderer=None):
        chosen = "" if value is None else str(value)
        options = "".join(
            f'<option value="{escape(str(key))}"{" selected" * (str(key) == chosen)}>{escape(str(label))}</option>'
            for key, label in self.choices
        )
        attrs = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<select{}>{}</select>", attrs, mark_safe(options))


class WordFilter(django_filters.ChoiceFilter):
    """One of the words of `model` that the reader may know, by its slug; the view has put his Sight on the request.

    The choices are read as plain pairs: some hundred rows made into objects would cost more than the list itself.
    """

    def __init__(self, model, label: str, path: str = "", **options):
        super().__init__(f"{path}__slug", label=label, empty_label="Any", widget=QuickSelect, **options)
        self.model_of_words = model

    @property
    def field(self) -> forms.Field:
        if "choices" not in self.extra:
            request = self.parent.request
            pairs = words_known_to(request.user, self.model_of_words, request.sight)
            self.extra["choices"] = lambda: pairs
        return super().field


class PostmortemFilter(django_filters.FilterSet):
    service = WordFilter(Service, "Service", method="of_service")
    team = WordFilter(Team, "Team", "teams")
    tag = WordFilter(Tag, "Tag", "tags")
    severity = WordFilter(Severity, "Severity", "severity")
    kind = django_filters.ChoiceFilter(
        choices=Postmortem.Kind.choices, label="Kind", empty_label="Any", widget=QuickSelect
    )
    status = django_filters.ChoiceFilter(
        choices=Postmortem.Status.choices, label="Status", empty_label="Published or archived", widget=QuickSelect
    )
    after = django_filters.DateFilter(
        field_name="published_at", lookup_expr="date__gte", label="Published from", widget=DATE
    )
    before = django_filters.DateFilter(
        field_name="published_at", lookup_expr="date__lte", label="Published until", widget=DATE
    )

    class Meta:
        model = Postmortem
        fields = []

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """What everybody reads, unless a status was asked for."""
        if not self.form.cleaned_data.get("status"):
            queryset = queryset.filter(status__in=OPEN)
        return super().filter_queryset(queryset)

    def of_service(self, queryset: QuerySet, name: str, slug: str) -> QuerySet:
        """Affected, or the place where the conditions lay."""
        relations = (Postmortem.services.through, Postmortem.conditions.through)
        affected, conditions = (
            Q(pk__in=relation.objects.filter(service__slug=slug).values("postmortem")) for relation in relations
        )
        return queryset.filter(affected | conditions)


class LearningFilter(django_filters.FilterSet):
    service = WordFilter(Service, "Applies to service", "services")
    tag = WordFilter(Tag, "Applies to", "tags")
    team = WordFilter(Team, "From team", "postmortem__teams")

    class Meta:
        model = Learning
        fields = []


AGES = [("30", "more than 30 days"), ("90", "more than 90 days"), ("180", "more than half a year")]
DUES = [
    ("overdue", "Overdue"),
    ("soon", "In the next 14 days"),
    ("none", "Without a date"),
    ("check", "Effect to be checked"),
]
SOON = datetime.timedelta(days=14)


class OwnerFilter(django_filters.ChoiceFilter):
    """Only who owns something that the reader sees, by name; himself first."""

    @property
    def field(self) -> forms.Field:
        if "choices" not in self.extra:
            me, sight = self.parent.request.user, self.parent.request.sight
            # Of each person, the first row that the reader sees: a list of all owners would read every row.
            owned = Countermeasure.objects.filter(sight.of_each(), owner=OuterRef("pk"))
            names = sorted((str(row), row.username) for row in User.objects.filter(Exists(owned)).exclude(pk=me.pk))
            pairs = [("me", "Me"), ("nobody", "Nobody yet"), *((username, name) for name, username in names)]
            self.extra["choices"] = lambda: pairs
        return super().field


class CountermeasureFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        choices=[("open", "Still open"), *Countermeasure.Status.choices],
        label="Status",
        empty_label="Any",
        method="of_status",
        widget=QuickSelect,
    )
    owner = OwnerFilter(label="Owner", empty_label="Anybody", method="of_owner", widget=QuickSelect)
    team = WordFilter(Team, "Team", "team")
    service = WordFilter(Service, "Service", method="of_service")
    due = django_filters.ChoiceFilter(
        choices=DUES, label="Due", empty_label="Any time", method="of_due", widget=QuickSelect
    )
    age = django_filters.ChoiceFilter(
        choices=AGES, label="Written before", empty_label="Any time", method="of_age", widget=QuickSelect
    )
    strength = django_filters.ChoiceFilter(
        choices=Countermeasure.Strength.choices, label="Strength", empty_label="Any", widget=QuickSelect
    )
    kind = django_filters.ChoiceFilter(
        choices=Countermeasure.Kind.choices, label="Kind", empty_label="Any", widget=QuickSelect
    )
    effect = django_filters.ChoiceFilter(
        choices=Countermeasure.Effect.choices, label="Effect", empty_label="Any", widget=QuickSelect
    )

    class Meta:
        model = Countermeasure
        fields = []

    def of_status(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.still_open() if value == "open" else queryset.filter(status=value)

    def of_owner(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == "nobody":
            return queryset.filter(owner=None)
        return queryset.owned_by(self.request.user) if value == "me" else queryset.filter(owner__username=value)

    def of_service(self, queryset: QuerySet, name: str, slug: str) -> QuerySet:
        """Of a postmortem that affected the service, or where the conditions lay."""
        relations = (Postmortem.services.through, Postmortem.conditions.through)
        affected, conditions = (
            Q(postmortem__in=relation.objects.filter(service__slug=slug).values("postmortem")) for relation in relations
        )
        return queryset.filter(affected | conditions)

    def of_due(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        today = timezone.localdate()
        return {
            "overdue": queryset.overdue(today),
            "soon": queryset.due_by(today + SOON).filter(due_on__gte=today),
            "none": queryset.still_open().filter(due_on=None),
            "check": queryset.checks_due(today),
        }[value]

    def of_age(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.still_open().filter(created_at__lt=timezone.now() - datetime.timedelta(days=int(value)))
