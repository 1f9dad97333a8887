"""/search/: what the search page finds, as JSON."""

from html import unescape

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from kb.lib.html_text import TAG
from kb.lib.problems import Refusal
from kb.lib.strict_filters import refuse_unknown
from search.document import KINDS
from search.lookup import LAST_PAGE, ORDERS, search_for
from search.tasks import nudge_healing


class PassageSerializer(serializers.Serializer):
    part = serializers.CharField(help_text="Where it matched: timeline, factors, learnings …")
    label = serializers.CharField()
    url = serializers.CharField(help_text="Leads to that very part.")
    html = serializers.CharField(help_text="Escaped, with <mark> around the matches.")


class HitSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(KINDS)
    uid = serializers.CharField(source="id")
    reference = serializers.CharField()
    title = serializers.SerializerMethodField()
    title_html = serializers.CharField(source="title", help_text="Escaped, with <mark> around the matches.")
    takeaway_html = serializers.CharField(source="takeaway")
    severity = serializers.CharField()
    status = serializers.CharField()
    services = serializers.SerializerMethodField()
    when = serializers.DateTimeField()
    url = serializers.CharField()
    source = serializers.CharField(help_text="Key of the file it was imported from; empty if it was written here.")
    score = serializers.FloatField()
    passages = PassageSerializer(many=True)

    def get_title(self, hit) -> str:
        return unescape(TAG.sub("", hit.title))

    def get_services(self, hit) -> list[str]:
        return [slug for slug, _ in hit.services]


class FacetValueSerializer(serializers.Serializer):
    value = serializers.CharField()
    label = serializers.CharField()
    count = serializers.IntegerField()
    chosen = serializers.BooleanField()


class FacetSerializer(serializers.Serializer):
    field = serializers.CharField()
    label = serializers.CharField()
    values = FacetValueSerializer(many=True)


class LooserSerializer(serializers.Serializer):
    q = serializers.CharField()
    count = serializers.IntegerField()


class ResultsSerializer(serializers.Serializer):
    """`count` and facets are of what you may see, and nothing else."""

    count = serializers.IntegerField(source="total")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    totals = serializers.SerializerMethodField()
    is_rebuilding = serializers.BooleanField(help_text="The index is being rebuilt: there may be more.")
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What was not understood, and how it was read."
    )
    looser = serializers.SerializerMethodField()
    facets = FacetSerializer(many=True)
    results = HitSerializer(many=True, source="hits")

    def get_totals(self, results) -> dict[str, int]:
        return {tab.kind: tab.total for tab in results.tabs}

    @extend_schema_field(LooserSerializer(many=True))
    def get_looser(self, results):
        return [{"q": text, "count": total} for text, total in results.looser]


class Search(APIView):
    @extend_schema(
        operation_id="search",
        responses=ResultsSerializer,
        parameters=[
            OpenApiParameter("q", str, description='As on the search page: words, "phrases", -not, service:payments.'),
            OpenApiParameter("kind", str, enum=KINDS, default=KINDS[0]),
            OpenApiParameter("order", str, enum=ORDERS, default=ORDERS[0]),
            OpenApiParameter("page", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}, default=1),
        ],
    )
    def get(self, request):
        """Find postmortems, learnings or countermeasures, best first, twenty on a page."""
        refuse_unknown(request, {"q", "kind", "order", "page"})
        asked = request.query_params
        page = asked.get("page", "1")
        if not (page.isascii() and page.isdigit() and len(page) < 6 and 1 <= int(page) <= LAST_PAGE):
            raise Refusal("bad-request", f"`page` is a whole number from 1 to {LAST_PAGE}.", [("page", "out of range")])
        kind, order = one_of(asked, "kind", KINDS), one_of(asked, "order", ORDERS)
        results = search_for(request.user, asked.get("q", ""), kind=kind, page=int(page), order=order)
        if results.is_rebuilding:
            nudge_healing()
        return Response(ResultsSerializer(results).data)


def one_of(asked, name, choices):
    value = asked.get(name, choices[0])
    if value not in choices:
        raise Refusal("bad-request", f"`{name}` is one of {', '.join(choices)}.", [(name, "no such value")])
    return value
