"""From chat: give it, choose what matters, say who is who, take it over; and take it back. Without a script, too.

An upload is its giver's alone: for everybody else it looks like a missing page.
"""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kb.accounts.models import User
from postmortems.access import MISSING, get_postmortem
from postmortems.chat_preview import Preview
from postmortems.forms.chat import KINDS, NAMES, AuthorForm, ChatForm, SpanForm
from postmortems.forms.fields import SUGGESTED, label_of
from postmortems.importing.chat.entries import MOST, authors_of, take_over
from postmortems.models import ChatImport, ChatUpload

AUTHORS = 100  # who is asked about; the others keep the name that they have in the chat
SPAN = ("channel", "since", "until", "words", "only", "page")


@require_http_methods(["GET", "POST"])
def import_chat(request: HttpRequest, reference: str) -> HttpResponse:
    """Paste or upload a chat; what one gave before, and what was made of it."""
    postmortem = get_postmortem(request.user, reference, "write")
    form = ChatForm(postmortem, request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = ChatForm(postmortem, request.POST, request.FILES)
        if fault := getattr(request, "upload_fault", None):
            form.add_error("file", f"{fault[1]} could not be taken: it is {fault[0]}. Nothing was imported.")
        upload = form.keep(request.user) if form.is_valid() else None
        if upload:
            return redirect("preview_chat", postmortem.reference, upload.uid)
    uploads = ChatUpload.objects.of(request.user).filter(postmortem=postmortem).defer("packed")
    imports = ChatImport.objects.filter(postmortem=postmortem, undone_at=None).select_related("by")[:20]
    context = {"postmortem": postmortem, "form": form, "uploads": uploads, "imports": imports}
    return render(request, "postmortems/chat/import_chat.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def preview_chat(request: HttpRequest, reference: str, uid: str) -> HttpResponse:
    """The messages, a hundred at a time. A POST keeps what is checked on the page, then goes where its button says."""
    upload = _upload(request, reference, uid)
    preview = Preview(upload)
    asked = request.POST if request.method == "POST" else request.GET
    span = SpanForm(preview.channels(), asked)
    chosen = span.cleaned_data if span.is_valid() else {}
    places = preview.fitting(chosen)
    suggested = preview.suggested(places)
    if request.method == "POST":
        go = request.POST.get("go", "")
        _keep_picks(request, upload, suggested if go == "suggested" else ())
        if go == "take_over" and not (fault := _fault(len(upload.picked))):
            return redirect("take_over_chat", reference, uid)
        if go == "take_over":
            messages.error(request, fault)
        page = go.removeprefix("page-") if go.startswith("page-") else request.POST.get("page", "") * (go != "show")
        return redirect(f"{reverse('preview_chat', args=[reference, uid])}?{_query(request.POST, page)}")
    shown = [place for place in places if place in suggested] if chosen.get("only") == "suggested" else places
    page, lines = preview.page(shown, request.GET.get("page", 1), suggested)
    context = {
        "postmortem": upload.postmortem, "upload": upload, "span": span, "page": page, "lines": lines,
        "suggested": len([place for place in suggested if place not in preview.picked]), "format": NAMES[upload.format],
        "several": len(span.fields["channel"].choices) > 2 and not chosen.get("channel"),
        "places": ",".join(str(line.place) for line in lines if not line.is_known),
        "others": len(preview.picked - {line.place for line in lines}),
    }  # fmt: skip
    return render(request, "postmortems/chat/preview_chat.html", context, status=200 if span.is_valid() else 422)


def _keep_picks(request: HttpRequest, upload: ChatUpload, more) -> None:
    """What the page showed is picked as it is checked; the rest stays as it was."""
    shown = {int(text) for text in request.POST.get("places", "").split(",") if _is_place(text)}
    checked = {int(text) for text in request.POST.getlist("pick") if _is_place(text)}
    upload.pick((set(upload.picked) - shown) | (checked & shown) | set(more))


def _fault(picked: int) -> str:
    """Why so many picked messages cannot be taken over; "" where they can."""
    if picked > MOST:
        return f"{picked:,} messages are picked; at most {MOST} become entries at once. Choose a shorter span."
    return "" if picked else "Nothing is picked yet. Check the messages that matter first."


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 8


def _query(fields, page: str) -> str:
    pairs = {name: fields.get(name, "") for name in SPAN} | {"page": page}
    return urlencode({name: value for name, value in pairs.items() if value})


@require_http_methods(["GET", "POST"])
def take_over_chat(request: HttpRequest, reference: str, uid: str) -> HttpResponse:
    """Who is who and what kind of entry each message becomes; then all of them at once."""
    upload = _upload(request, reference, uid)
    if len(upload.picked) > MOST:
        messages.error(request, _fault(len(upload.picked)))
        return redirect("preview_chat", reference, uid)
    preview, data = Preview(upload), request.POST if request.method == "POST" else None
    places = [place for place in upload.picked if preview.messages[place].key not in preview.known]
    suggested = preview.suggested(places)
    authors = authors_of(preview.messages[place] for place in places)[:AUTHORS]
    forms = [AuthorForm(author, number, data) for number, author in enumerate(authors)]
    fault = ""
    if data is not None and all(form.is_valid() for form in forms):
        kinds = _kinds(data, preview, places, suggested)
        people = {form.author.key: form.person() for form in forms}
        try:
            made = take_over(
                upload.postmortem, request.user, [(preview.messages[place], kinds[place]) for place in places], people,
                zone=upload.zone, name=upload.name,
            )  # fmt: skip
            return _done(request, upload, made)
        except ValidationError as error:
            fault = " ".join(error.messages)
        except IntegrityError:
            fault = "Somebody just took over some of these messages."
    kinds = _kinds(data or {}, preview, places, suggested)
    context = {
        "postmortem": upload.postmortem, "upload": upload, "forms": forms, "kinds": KINDS, "fault": fault,
        "rows": [(line, kinds[line.place]) for line in preview.lines(places, suggested)],
        "known": len(upload.picked) - len(places),
        "accounts": [label_of(user) for user in User.objects.people()[:SUGGESTED]],
    }  # fmt: skip
    return render(request, "postmortems/chat/take_over_chat.html", context, status=422 if data is not None else 200)


def _kinds(data, preview: Preview, places: list[int], suggested) -> dict[int, str]:
    """{place: kind of entry}: as chosen, else as suggested, else what people say is communication."""
    known = dict(KINDS)
    kinds = {}
    for place in places:
        usual = "observation" if preview.messages[place].kind == "bot" else "communication"
        usual = suggested[place].kind if place in suggested else usual
        chosen = data.get(f"kind-{place}", "")
        kinds[place] = chosen if chosen in known else usual
    return kinds


def _done(request: HttpRequest, upload: ChatUpload, made: ChatImport | None) -> HttpResponse:
    upload.pick([])
    if made is None:
        messages.info(request, "All of these are in the timeline already; nothing was added.")
        return redirect("preview_chat", upload.postmortem.reference, upload.uid)
    return redirect(f"{reverse('edit_postmortem', args=[upload.postmortem.reference])}?chat={made.uid}#chat-made")


@require_POST
def discard_chat(request: HttpRequest, reference: str, uid: str) -> HttpResponse:
    """Forget an upload now; what was made of it stays."""
    upload = _upload(request, reference, uid)
    upload.delete()
    messages.success(request, f"{upload.name} is removed. The timeline stays as it is.")
    return redirect("import_chat", reference)


@require_POST
def undo_chat(request: HttpRequest, reference: str, uid: str) -> HttpResponse:
    """Take back what one acceptance made; says what stays because somebody edited or used it."""
    postmortem = get_postmortem(request.user, reference, "write")
    made = ChatImport.objects.filter(postmortem=postmortem, uid=uid).first()
    if made is None:
        raise Http404(MISSING)
    made.postmortem = postmortem
    if made.undone_at:
        messages.info(request, "That was taken back before; nothing was changed.")
        return redirect("import_chat", postmortem.reference)
    removed, kept = made.undo(request.user)
    stays = f" {kept} stay, because somebody changed or used them since." if kept else ""
    messages.success(request, f"{removed} {'entry was' if removed == 1 else 'entries were'} taken back.{stays}")
    return redirect("import_chat", postmortem.reference)


def _upload(request: HttpRequest, reference: str, uid: str) -> ChatUpload:
    postmortem = get_postmortem(request.user, reference, "write")
    upload = ChatUpload.objects.of(request.user).filter(postmortem=postmortem, uid=uid).first()
    if upload is None:
        raise Http404(MISSING)
    upload.postmortem = postmortem
    return upload
