"""Filters in the address of a list, and nothing else: a misspelt one would silently answer another question."""

from django.core.exceptions import ValidationError
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import BaseFilterBackend

from kb.lib.plain_text import validate_plain_text
from kb.lib.problems import Refusal


def refuse_unknown(request, known):
    """400 for a query parameter that is not in `known`, or whose value a database cannot carry."""
    for name, values in request.query_params.lists():
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise Refusal("bad-request", f"“{name[:60]}” is no parameter of this address. There are: {names}.",
                          [(name[:60], "There is no such parameter.")])  # fmt: skip
        for value in values:
            try:
                validate_plain_text(value)
            except ValidationError as error:
                raise Refusal("bad-request", error.messages[0], [(name, error.messages[0])]) from None


class StrictFilters(DjangoFilterBackend):
    """Also reads BooleanFilter values strictly: true or false."""

    def filter_queryset(self, request, queryset, view):
        filters = self.get_filterset_class(view, queryset)
        names = set(filters.base_filters) if filters else set()
        paging = getattr(view.pagination_class, "parameters", ())
        refuse_unknown(request, names | set(paging))
        for name in names:
            value = request.query_params.get(name)
            boolean = filters.base_filters[name].__class__.__name__ == "BooleanFilter"
            if boolean and value is not None and value not in ("true", "false"):
                raise Refusal("bad-request", f"`{name}` is true or false.", [(name, "Write true or false.")])
        return super().filter_queryset(request, queryset, view)


class NoParameters(BaseFilterBackend):
    """For lists without filters."""

    def filter_queryset(self, request, queryset, view):
        refuse_unknown(request, set(getattr(view.pagination_class, "parameters", ())))
        return queryset
