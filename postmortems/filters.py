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
from postmortems.vocabulary import known_to

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


def by_slug(model, label: str, **options) -> django_filters.ModelChoiceFilter:
    """One of the words of `model` that the reader may know, by its slug; the view has put his Sight on the request."""
    options = {"to_field_name": "slug", "empty_label": "Any", "widget": QuickSelect, **options}
    return django_filters.ModelChoiceFilter(
        queryset=lambda request: known_to(request.user, model, request.sight), label=label, **options
    )


class PostmortemFilter(django_filters.FilterSet):
    service = by_slug(Service, "Service", method="of_service")
    team = by_slug(Team, "Team", field_name="teams")
    tag = by_slug(Tag, "Tag", field_name="tags")
    severity = by_slug(Severity, "Severity", field_name="severity")
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

    def of_service(self, queryset: QuerySet, name: str, service: Service) -> QuerySet:
        """Affected, or the place where the conditions lay."""
        return queryset.filter(Q(pk__in=service.postmortems.values("pk")) | Q(pk__in=service.conditions.values("pk")))


class LearningFilter(django_filters.FilterSet):
    service = by_slug(Service, "Applies to service", field_name="services")
    tag = by_slug(Tag, "Applies to", field_name="tags")
    team = by_slug(Team, "From team", field_name="postmortem__teams")

    class Meta:
        model = Learning
        fields = []


class CountermeasureFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        choices=[("open", "Still open"), *Countermeasure.Status.choices],
        label="Status",
        empty_label="Any",
        method="of_status",
    )
    strength = django_filters.ChoiceFilter(choices=Countermeasure.Strength.choices, label="Strength", empty_label="Any")
    kind = django_filters.ChoiceFilter(
        choices=Countermeasure.Kind.choices, label="Kind", empty_label="Any", widget=QuickSelect
    )
    team = by_slug(Team, "Team", field_name="team")

    class Meta:
        model = Countermeasure
        fields = []

    def of_status(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.still_open() if value == "open" else queryset.filter(status=value)
