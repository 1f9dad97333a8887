"""Pages of lists: `?page=2&page_size=50`; counted, linked, and strict about what they are asked."""

from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from kb.lib.problems import Refusal


class Pages(BasePagination):
    """{"count", "next", "previous", "results"}. A page behind the last is empty. Two queries beside the rows' own."""

    size, largest, last = 50, 200, 1_000_000
    parameters = ("page", "page_size")

    def paginate_queryset(self, queryset, request, view=None):
        self.request = request
        self.page = self._number("page", 1, self.last)
        self.per_page = self._number("page_size", self.size, self.largest)
        start = (self.page - 1) * self.per_page
        self.count = queryset.count()
        return list(queryset[start : start + self.per_page]) if start < self.count else []

    def _number(self, name, default, most):
        text = self.request.query_params.get(name, str(default))
        if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= most:
            raise Refusal("bad-request", f"`{name}` is a whole number from 1 to {most:,}.", [(name, "out of range")])
        return int(text)

    def get_paginated_response(self, data):
        return Response({"count": self.count, "next": self._next(), "previous": self._previous(), "results": data})

    def _next(self):
        address = self.request.build_absolute_uri()
        more = self.page * self.per_page < self.count
        return replace_query_param(address, "page", self.page + 1) if more else None

    def _previous(self):
        address = self.request.build_absolute_uri()
        if self.page <= 1:
            return None
        return (
            remove_query_param(address, "page")
            if self.page == 2
            else replace_query_param(address, "page", self.page - 1)
        )

    def get_paginated_response_schema(self, schema):
        link = {"type": ["string", "null"], "format": "uri"}
        properties = {"count": {"type": "integer"}, "next": link, "previous": link, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view):
        def number(name, default, most, text):
            schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
            return {"name": name, "required": False, "in": "query", "description": text, "schema": schema}

        return [
            number("page", 1, self.last, "Which page, from 1."),
            number("page_size", self.size, self.largest, "How many on a page."),
        ]
