"""Functions instead of names: a preview of every replacement, then all at once; and names again."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kb.lib.words_diff import shortened, words_diff
from postmortems.access import MISSING, get_postmortem
from postmortems.models import FunctionsForNames
from postmortems.models.naming import people_of, plan_of
from postmortems.views.saving import told


@require_http_methods(["GET", "HEAD", "POST"])
def functions_for_names(request: HttpRequest, reference: str) -> HttpResponse:
    """What would stand where; each text can be left as it is."""
    postmortem = get_postmortem(request.user, reference, "lead")
    done = FunctionsForNames.objects.filter(postmortem=postmortem).select_related("by").first()
    if request.method == "POST" and not done:
        wanted = set(request.POST.getlist("replace"))
        said = "Functions stand in place of names now, in the history before it as well."
        if told(request, lambda: FunctionsForNames.apply(postmortem, request.user, wanted), said):
            return redirect("functions_for_names", postmortem.reference)
    rows = list(postmortem.participant_set.select_related("user"))
    plan = [] if done else plan_of(postmortem)
    for one in plan:
        one.pieces = shortened(words_diff(one.before, one.after))
        one.label = f"{one.row._meta.verbose_name}, {one.row._meta.get_field(one.field).verbose_name}"
    context = {
        "postmortem": postmortem, "done": done, "plan": plan, "total": sum(one.count for one in plan),
        "people": list(zip(rows, [one.said for one in people_of(rows)], strict=True)) if not done else [],
    }  # fmt: skip
    return render(request, "postmortems/functions_for_names.html", context)


@require_POST
def names_again(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference, "lead")
    done = FunctionsForNames.objects.filter(postmortem=postmortem).select_related("postmortem").first()
    if done is None:
        raise Http404(MISSING)
    left = done.take_back(request.user)
    if left:
        messages.warning(request, f"Names stand there again, but in {left} texts that were rewritten since.")
    else:
        messages.success(request, "Names stand there again.")
    return redirect("functions_for_names", postmortem.reference)
