"""What lists can be narrowed by. Values are slugs and dates, so that an address can be read, written and shared."""

from html import escape

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from kb.accounts.models import Team
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


class CountermeasureFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        choices=[("open", "Still open"), *Countermeasure.Status.choices],
        label="Status",
        empty_label="Any",
        method="of_status",
        widget=QuickSelect,
    )
    strength = django_filters.ChoiceFilter(
        choices=Countermeasure.Strength.choices, label="Strength", empty_label="Any", widget=QuickSelect
    )
    kind = django_filters.ChoiceFilter(
        choices=Countermeasure.Kind.choices, label="Kind", empty_label="Any", widget=QuickSelect
    )
    team = WordFilter(Team, "Team", "team")

    class Meta:
        model = Countermeasure
        fields = []

    def of_status(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.still_open() if value == "open" else queryset.filter(status=value)
