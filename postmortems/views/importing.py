"""A report becomes a draft: paste or upload, look over what was recognized, take it over. Without a script, too.

Nothing is kept between the steps: the page carries the text itself.
"""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kb.accounts.models import User
from postmortems.forms.fields import SUGGESTED, label_of
from postmortems.forms.reports import ReportForm, ReviewForm
from postmortems.importing import markdown
from postmortems.importing.files import Refused
from postmortems.importing.reports.draft import draft_of, taken_before
from postmortems.models import Severity


@require_http_methods(["GET", "POST"])
def import_report(request: HttpRequest) -> HttpResponse:
    """Give a report; then its preview; with `go=accept` the draft."""
    if not request.user.writes:
        raise PermissionDenied("Readers read and subscribe. Ask an administrator for the role member to write.")
    if request.method == "GET":
        return render(request, "postmortems/reports/import_report.html", {"form": ReportForm(auto_id="report-%s")})
    form = ReportForm(request.POST, request.FILES, auto_id="report-%s")
    if not form.is_valid():
        return render(request, "postmortems/reports/import_report.html", {"form": form}, status=422)
    source, name = form.cleaned_data["source"], form.cleaned_data["name"]
    try:
        reading = markdown.read(source, name, frozenset(Severity.objects.values_list("slug", flat=True)))
    except Refused as fault:
        form.add_error("file" if request.FILES else "text", f"{fault} Nothing was imported.")
        return render(request, "postmortems/reports/import_report.html", {"form": form}, status=422)
    return _review(request, source, name, reading)


def _review(request: HttpRequest, source: str, name: str, reading: markdown.Reading) -> HttpResponse:
    accepts = request.POST.get("go") == "accept"
    review = ReviewForm(reading, request.POST if accepts else None, zone=getattr(request.user, "zone", "") or "UTC")
    before = taken_before(source, request.user)
    if accepts and review.is_valid():
        if before:
            return redirect("edit_postmortem", before.reference)
        try:
            return redirect("edit_postmortem", draft_of(source, name, request.user, review.choices()).reference)
        except (Refused, ValidationError) as fault:
            review.add_error(None, getattr(fault, "messages", None) or str(fault))
    context = {
        "review": review, "form": review, "source": source, "name": name, "reading": reading, "before": before,
        "left": sum(len(text.split()) for _, _, text in reading.sections),
        "people": [label_of(user) for user in User.objects.people()[:SUGGESTED]],
    }  # fmt: skip
    return render(request, "postmortems/reports/preview_report.html", context, status=422 if accepts else 200)
