"""The search page. `?q=` text, `kind=`, `order=`, `page=`; whatever they hold, the page works."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from search.grammar import EXAMPLES
from search.lookup import Results, search_for
from search.tasks import nudge_healing

ORDER_LABELS = (("relevance", "Best match"), ("newest", "Newest"))


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    asked = request.GET
    results = search_for(
        request.user,
        asked.get("q", ""),
        kind=asked.get("kind", ""),
        page=_number(asked.get("page", "")),
        order=asked.get("order", ""),
    )
    if results.is_rebuilding:
        nudge_healing()
    return render(request, "search/search.html", context(results))


def context(results: Results) -> dict:
    """What the templates read: the results, and every address a click may lead to."""
    text = results.query.text
    here = {"q": text, "kind": results.kind, "order": results.order}
    return {
        "results": results,
        "text": text,
        "examples": EXAMPLES,
        "tabs": [(tab, _address(here, kind=tab.kind)) for tab in results.tabs],
        "orders": [(key, label, _address(here, order=key)) for key, label in ORDER_LABELS],
        "facets": [
            (facet, [(value, _address(here, q=value.text)) for value in facet.values]) for facet in results.facets
        ],
        "looser": [(text, total, _address(here, q=text)) for text, total in results.looser],
        "previous": _address(here, page=results.page - 1) if results.page > 1 else "",
        "next": _address(here, page=results.page + 1) if results.page < results.pages else "",
        "first": 20 * (results.page - 1) + 1,
    }


def _address(here: dict, **changes) -> str:
    """The query string of a neighbouring search, without what is the default anyway."""
    wanted = {**here, **changes}
    defaults = {"kind": "postmortem", "order": "relevance", "page": 1}
    return "?" + urlencode({key: value for key, value in wanted.items() if value != defaults.get(key)})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
