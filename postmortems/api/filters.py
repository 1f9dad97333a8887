"""What lists of the API can be narrowed by. Values that belong to nothing find nothing: an answer never tells whether a
hidden tag or service exists."""

import django_filters
from django.db.models import Q

from postmortems.access import REFERENCE
from postmortems.models import Countermeasure, Learning, Postmortem

ORDERS = ["number", "published_at", "updated_at", "title"]


def ordering(*names):
    return django_filters.OrderingFilter(fields=[(name, name) for name in names], label="A minus turns it round.")


class StrictFilterSet(django_filters.FilterSet):
    def _slug(self, queryset, path, slug):
        """Rows that `path` leads to, without duplicates."""
        model = queryset.model
        return queryset.filter(pk__in=model.objects.filter(**{f"{path}__slug": slug}).values("pk"))

    def by_postmortem(self, queryset, name, reference):
        match = REFERENCE.fullmatch(reference)
        number = int(match[2]) if match and match[1].upper() == "PM" else 0
        return queryset.filter(postmortem__number=number)

    def by_service(self, queryset, name, slug):
        return self._slug(queryset, "services", slug)

    def by_team(self, queryset, name, slug):
        return self._slug(queryset, "teams", slug)

    def by_tag(self, queryset, name, slug):
        return self._slug(queryset, "tags", slug)


class PostmortemFilter(StrictFilterSet):
    status = django_filters.MultipleChoiceFilter(choices=Postmortem.Status.choices)
    visibility = django_filters.ChoiceFilter(choices=Postmortem.Visibility.choices)
    kind = django_filters.MultipleChoiceFilter(choices=Postmortem.Kind.choices)
    origin = django_filters.ChoiceFilter(choices=Postmortem.Origin.choices)
    severity = django_filters.CharFilter(field_name="severity__slug", label="Slug, such as sev1.")
    service = django_filters.CharFilter(method="by_service", label="Slug: affected, or where the conditions lay.")
    team = django_filters.CharFilter(method="by_team", label="Slug.")
    tag = django_filters.CharFilter(method="by_tag", label="Slug.")
    owner = django_filters.CharFilter(field_name="owner__username", label="User name.")
    since = django_filters.DateFilter(
        field_name="published_at", lookup_expr="date__gte", label="Published on that day (UTC) or later."
    )
    until = django_filters.DateFilter(
        field_name="published_at", lookup_expr="date__lte", label="Published on that day (UTC) or earlier."
    )
    trash = django_filters.BooleanFilter(method="ignore", label="true: what you may restore, instead of what is there.")
    order = ordering(*ORDERS)

    class Meta:
        model = Postmortem
        fields = []

    def ignore(self, queryset, name, value):
        """The view has chosen the rows already."""
        return queryset

    def by_service(self, queryset, name, slug):
        rows = Postmortem.objects.filter(Q(services__slug=slug) | Q(conditions__slug=slug))
        return queryset.filter(pk__in=rows.values("pk"))


class LearningFilter(StrictFilterSet):
    postmortem = django_filters.CharFilter(method="by_postmortem", label="Reference, such as PM-12.")
    service = django_filters.CharFilter(method="by_service", label="Slug: it applies to this service.")
    tag = django_filters.CharFilter(method="by_tag", label="Slug: it applies to this.")
    team = django_filters.CharFilter(method="by_team", label="Slug: it comes from this team.")
    since = django_filters.DateFilter(
        field_name="postmortem__published_at", lookup_expr="date__gte", label="Published on that day (UTC) or later."
    )
    until = django_filters.DateFilter(
        field_name="postmortem__published_at", lookup_expr="date__lte", label="Published on that day (UTC) or earlier."
    )
    order = ordering("number", "updated_at")

    class Meta:
        model = Learning
        fields = []

    def by_team(self, queryset, name, slug):
        return self._slug(queryset, "postmortem__teams", slug)


class CountermeasureFilter(StrictFilterSet):
    postmortem = django_filters.CharFilter(method="by_postmortem", label="Reference, such as PM-12.")
    status = django_filters.MultipleChoiceFilter(choices=Countermeasure.Status.choices)
    open = django_filters.BooleanFilter(method="by_open", label="true: not done, declined or superseded yet.")
    kind = django_filters.MultipleChoiceFilter(choices=Countermeasure.Kind.choices)
    strength = django_filters.MultipleChoiceFilter(choices=Countermeasure.Strength.choices)
    priority = django_filters.MultipleChoiceFilter(choices=Countermeasure.Priority.choices)
    owner = django_filters.CharFilter(field_name="owner__username", label="User name.")
    team = django_filters.CharFilter(field_name="team__slug", label="Slug.")
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt", label="Due before that day.")
    order = ordering("number", "due_on", "updated_at")

    class Meta:
        model = Countermeasure
        fields = []

    def by_open(self, queryset, name, value):
        return queryset.still_open() if value else queryset.exclude(status__in=Countermeasure.OPEN)
