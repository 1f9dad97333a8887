"""Files: one is attached by pasting or dropping it, and each is handed out only through its postmortem's door."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from kb.lib.file_kinds import Refused
from kb.lib.uploads import TOO_LARGE, takes_files
from postmortems import attachments
from postmortems.access import MISSING, get_attachment, get_postmortem
from postmortems.models import Attachment, Evidence
from postmortems.models.evidence import DESCRIBE

# Whatever a browser makes of a file, it can load, run and send nothing, and nobody may put it into a page of theirs.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@takes_files("ATTACHMENT_SIZE")
@require_POST
def add_attachment(request: HttpRequest, reference: str) -> HttpResponse:
    """A file pasted or dropped into a text: kept as evidence of the part `about`; answers with the Markdown of it."""
    postmortem = get_postmortem(request.user, reference, "write")
    try:
        file = sent_file(request, request.FILES)
        about = request.POST.get("about", "")
        if postmortem.part_at(about) is None:
            about = ""
        kept = attachments.store(postmortem, request.user, file)
        kind = "graph" if kept.is_picture else "log"
        row = Evidence.add(postmortem, request.user, kind=kind, attachment=kept, about=about, precision="unknown")
    except Refused as refusal:
        return JsonResponse({"detail": str(refusal)}, status=refusal.status)
    text = DESCRIBE if kept.is_picture else kept.name.replace("[", "(").replace("]", ")")
    markdown = f"{'!' if kept.is_picture else ''}[{text}]({kept.get_absolute_url()})"
    return JsonResponse({"markdown": markdown, "select": text, "evidence": row.uid, "name": kept.name}, status=201)


def sent_file(request, files):
    """The file `file` of the request; raises Refused where none came, or not all of it."""
    if fault := getattr(request, "upload_fault", None):
        word, name = fault
        raise Refused(413, attachments.too_large(name)) if word == TOO_LARGE else Refused(507, attachments.NO_ROOM)
    if "file" not in files:
        raise Refused(400, "There was no file in it; nothing was stored.")
    return files["file"]


@require_safe
def attachment(request: HttpRequest, uid: str) -> HttpResponse:
    """The file itself, streamed: pictures to be seen, everything else to be saved."""
    return handed_out(request, get_attachment(request.user, uid))


def handed_out(request: HttpRequest, found: Attachment) -> HttpResponse:
    """The response of a file whose door was passed; Http404 where it is not on the disk any more."""
    try:
        file = attachments.path_of(found.stored).open("rb")
    except FileNotFoundError as missing:
        attachments.log.error("the file of attachment %s is missing", found.uid)
        raise Http404(MISSING) from missing
    # Pictures do not shrink, and what is compressed on its way has no length.
    request.META.pop("HTTP_ACCEPT_ENCODING", None)
    text = found.media_type.startswith("text/") or found.media_type == "application/json"
    media_type = f"{found.media_type}; charset=utf-8" if text else found.media_type
    response = FileResponse(file, as_attachment=not found.is_picture, filename=found.name, content_type=media_type)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response
