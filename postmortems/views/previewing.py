"""Preview: what is being typed, as readers will see it. Rendered by what renders a save, and written nowhere."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from postmortems.models.parts import rendered
from postmortems.views.saving import render_form


def preview(request: HttpRequest, form, context: dict) -> HttpResponse:
    """The HTML of the field that `preview` names; without a script the form again with the HTML of all its fields."""
    kinds = form._meta.model.MARKDOWN
    form.is_valid()
    texts = {name: _typed(form, name) for name in kinds if name in form.fields}
    htmls = rendered(texts, kinds)
    wanted = request.POST["preview"]
    if request.htmx and wanted in texts:
        return render(request, "postmortems/writing/preview.html", {"html": htmls[f"{wanted}_html"]})
    for name, field in form.fields.items():
        field.preview = htmls.get(f"{name}_html", "")
    return render_form(request, context)


def _typed(form, name) -> str:
    """The text as a save would store it; as it was typed where it is not fit to be saved yet."""
    if name in form.cleaned_data:
        return form.cleaned_data[name] or ""
    return form.data.get(form.add_prefix(name), "").replace("\r\n", "\n")
