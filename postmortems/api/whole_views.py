"""/postmortems/: whole postmortems, and the verbs that change their state."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from kb.lib import versions
from kb.lib.strict_filters import StrictFilters, refuse_unknown
from postmortems.access import get_postmortem
from postmortems.api import whole, writing
from postmortems.api.filters import PostmortemFilter
from postmortems.api.parts import without_version
from postmortems.models import Conflict, NotPossible, Postmortem
from postmortems.models.reviews import Review

# action → what its body says
BODIES = {
    "create": whole.NewPostmortemSerializer,
    "retrieve": whole.PostmortemSerializer,
    "withdraw": whole.ReasonedSerializer,
    "open_up": whole.ReasonedSerializer,
    "restrict": whole.RestrictSerializer,
    "submit_for_review": whole.SubmitSerializer,
    "hand_over": whole.HandOverSerializer,
    "review": whole.AnswerSerializer,
}
PLAIN = ("take_back", "publish", "reinstate", "archive", "unarchive", "restore")
SHOWN = extend_schema(responses=whole.HeadSerializer)


class PostmortemViewSet(GenericViewSet):
    """Postmortems that you may see. Somebody else's draft looks like nothing at all."""

    queryset = Postmortem.objects.none()
    serializer_class = whole.HeadSerializer
    filter_backends = [StrictFilters]
    filterset_class = PostmortemFilter
    lookup_field = "reference"
    versioned = {"partial_update", "destroy", *BODIES, *PLAIN} - {"create", "retrieve"}

    def get_serializer_class(self):
        return whole.ActionSerializer if self.action in PLAIN else BODIES.get(self.action, whole.HeadSerializer)

    def get_queryset(self):
        trash = self.request.query_params.get("trash") == "true"
        mine = Postmortem.objects.in_trash_of if trash else Postmortem.objects.visible_to
        return (
            mine(self.request.user).for_cards().select_related("facilitator").prefetch_related("authors", "conditions")
        )

    def list(self, request):
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(responses={201: whole.PostmortemSerializer})
    def create(self, request):
        """A new draft of yours: a title is enough. It may hold every part; all of it is written, or nothing."""
        if not request.user.writes:
            raise PermissionDenied("Readers read and subscribe; writing takes the role member.")
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        postmortem = writing.start_whole(request.user, serializer.validated_data)
        return self.shown(postmortem, whole=True, code=status.HTTP_201_CREATED)

    def retrieve(self, request, reference):
        refuse_unknown(request, set())
        return self.shown(get_postmortem(request.user, reference), whole=True)

    def shown(self, postmortem, whole=False, code=status.HTTP_200_OK):
        data = self.represent(postmortem, whole)
        return Response(data, status=code, headers={"ETag": versions.etag(data["version"])})

    def represent(self, postmortem, complete=False):
        row = whole.loaded().get(pk=postmortem.pk) if complete else Postmortem.objects.for_cards().get(pk=postmortem.pk)
        serializer = whole.PostmortemSerializer if complete else whole.HeadSerializer
        return serializer(row, context=self.get_serializer_context()).data

    def partial_update(self, request, reference):
        """Change fields of the head. Send the version of the whole (If-Match, `version`), or `details_version`, which
        only changes of the head move."""
        postmortem = get_postmortem(request.user, reference, "write")
        name, version = versions.given(request, ("version", "details_version"))
        serializer = self.get_serializer(postmortem, data=without_version(request.data), partial=True)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        versions.compare(name, version, getattr(postmortem, name), lambda: self.represent(postmortem))
        if data:
            try:
                writing.change_head(postmortem, request.user, postmortem.details_version, data)
            except Conflict as conflict:
                raise versions.outdated(conflict.current.version, self.represent(postmortem)) from None
        return self.shown(postmortem)

    def destroy(self, request, reference):
        """Into the trash: gone from every channel at once, for 30 days restorable."""
        postmortem = get_postmortem(request.user, reference, "lead")
        self.at_version(postmortem, lambda current, by: current.delete_to_trash(by))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def at_version(self, postmortem, verb):
        """Call `verb(postmortem, by)` in one transaction with the check that nothing changed since it was read."""
        name, version = versions.given(self.request, ("version",))
        with transaction.atomic():
            current = Postmortem.objects.select_for_update().get(pk=postmortem.pk)
            versions.compare(name, version, current.version, lambda: self.represent(current))
            verb(current, self.request.user)
        return current

    def act(self, reference, verb, need="read"):
        """The shared way of all actions: door, body, verb, and the head as it is now."""
        postmortem = get_postmortem(self.request.user, reference, need)
        versions.given(self.request, ("version",))
        body = self.get_serializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        current = self.at_version(postmortem, lambda current, by: verb(current, by, body.validated_data))
        if not current.can(self.request.user, "read"):  # restricted or withdrawn away from oneself
            return Response(status=status.HTTP_204_NO_CONTENT)
        return self.shown(current)

    @SHOWN
    @action(detail=True, methods=["post"], url_path="submit-for-review")
    def submit_for_review(self, request, reference):
        return self.act(reference, lambda p, by, body: p.submit_for_review(by, body.get("reviewers", ())))

    @SHOWN
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request, reference):
        return self.act(reference, lambda p, by, body: p.take_back(by))

    @SHOWN
    @action(detail=True, methods=["post"])
    def publish(self, request, reference):
        """Refused with 409 while the gate is closed; `detail` says what is still to do."""
        return self.act(reference, lambda p, by, body: p.publish(by), "lead")

    @SHOWN
    @action(detail=True, methods=["post"])
    def withdraw(self, request, reference):
        return self.act(reference, lambda p, by, body: p.withdraw(by, body["reason"]))

    @SHOWN
    @action(detail=True, methods=["post"])
    def reinstate(self, request, reference):
        return self.act(reference, lambda p, by, body: p.reinstate(by))

    @SHOWN
    @action(detail=True, methods=["post"])
    def archive(self, request, reference):
        return self.act(reference, lambda p, by, body: p.archive(by))

    @SHOWN
    @action(detail=True, methods=["post"])
    def unarchive(self, request, reference):
        return self.act(reference, lambda p, by, body: p.unarchive(by))

    @SHOWN
    @action(detail=True, methods=["post"])
    def restrict(self, request, reference):
        """From the next request on only for its owner, authors, reviewers, named people and security."""
        return self.act(reference, lambda p, by, body: p.restrict(by, body["reason"]))

    @SHOWN
    @action(detail=True, methods=["post"], url_path="open-up")
    def open_up(self, request, reference):
        return self.act(reference, lambda p, by, body: p.open_up(by, body["reason"]))

    @SHOWN
    @action(detail=True, methods=["post"])
    def restore(self, request, reference):
        """Out of the trash; `?trash=true` lists what is in it."""
        return self.act(reference, lambda p, by, body: p.restore(by), "restore")

    @SHOWN
    @action(detail=True, methods=["post"], url_path="hand-over")
    def hand_over(self, request, reference):
        """Give it a new owner."""
        return self.act(reference, lambda p, by, body: p.hand_over(_writer(body["owner"]), by), "lead")

    @SHOWN
    @action(detail=True, methods=["post"])
    def review(self, request, reference):
        """Answer a review. Changes asked: it goes back to the desk."""

        def verb(postmortem, by, body):
            Review.answer(postmortem, by, outcome=body["outcome"], answers=body["answers"], comment=body["comment"])

        return self.act(reference, verb)

    @extend_schema(responses=whole.ReviewSerializer(many=True))
    @action(detail=True, pagination_class=None, filter_backends=[])
    def reviews(self, request, reference):
        """Who was asked to read it, and what they answered; for those who write it and those who were asked."""
        postmortem = get_postmortem(request.user, reference)
        if not postmortem.access(request.user).reviews:
            raise PermissionDenied("Reviews are between those who wrote it and those who were asked.")
        rows = postmortem.review_set.select_related("reviewer")
        return Response(whole.ReviewSerializer(rows, many=True, context=self.get_serializer_context()).data)


def _writer(user):
    if not user.writes:
        raise NotPossible(f"{user} cannot write, so cannot own it.")
    return user


ROUTES = [("postmortems", PostmortemViewSet, "postmortem")]
