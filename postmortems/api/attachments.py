"""/postmortems/PM-12/attachments/: files of one postmortem; sent as multipart/form-data, handed out as they are."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from kb.lib import problems
from kb.lib.file_kinds import Refused
from kb.lib.strict_filters import NoParameters
from postmortems import attachments
from postmortems.access import get_attachment, get_postmortem
from postmortems.api.parts import RowPages
from postmortems.api.rows import AttachmentSerializer
from postmortems.models import Attachment
from postmortems.views.attachments import handed_out, sent_file

BODY = {
    "multipart/form-data": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    }
}


@extend_schema(tags=["attachments"])
class AttachmentViewSet(GenericViewSet):
    """Files of a postmortem. A row of `evidence` shows one to readers; until then only its writers get it."""

    queryset = Attachment.objects.none()
    serializer_class = AttachmentSerializer
    lookup_field = "uid"
    pagination_class = RowPages
    filter_backends = [NoParameters]
    parser_classes = [MultiPartParser]
    largest_upload = "ATTACHMENT_SIZE"

    def list(self, request, reference):
        postmortem = get_postmortem(request.user, reference)
        rows = postmortem.attachments.select_related("postmortem")
        if not postmortem.can(request.user, "write"):
            rows = rows.filter(evidence__isnull=False).distinct()
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=BODY, responses={201: AttachmentSerializer})
    def create(self, request, reference):
        """Attach a file: PNG, JPEG, GIF, WebP, PDF or text in UTF-8. Then let a row of `evidence` name it."""
        postmortem = get_postmortem(request.user, reference, "write")
        try:
            request.data  # noqa: B018 - the upload is read here
            kept = attachments.store(postmortem, request.user, sent_file(request._request, request.FILES))
        except Refused as refusal:
            raise refused(refusal) from None
        return Response(self.get_serializer(kept).data, status=status.HTTP_201_CREATED)

    def retrieve(self, request, reference, uid):
        return Response(self.get_serializer(self._found(reference, uid)).data)

    @extend_schema(responses=OpenApiResponse(OpenApiTypes.BINARY, "The file itself."))
    @action(detail=True)
    def content(self, request, reference, uid):
        """The file itself."""
        return handed_out(request._request, self._found(reference, uid))

    def _found(self, reference, uid):
        postmortem = get_postmortem(self.request.user, reference)
        return get_attachment(self.request.user, uid, postmortem)


def refused(refusal):
    """The problem that tells of a file that is not taken."""
    kind = {413: "too-large", 415: "unsupported-media-type", 507: "server-error"}.get(refusal.status, "bad-request")
    return problems.Refusal(kind, str(refusal), [("file", str(refusal))])


ROUTES = [(r"postmortems/(?P<reference>[^/.]+)/attachments", AttachmentViewSet, "postmortem-attachments")]
