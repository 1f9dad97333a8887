"""/learnings/ and /countermeasures/: rows with a number of their own, across postmortems."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from kb.lib import versions
from kb.lib.api_fields import StrictSerializer, Text, Version
from kb.lib.strict_filters import StrictFilters
from postmortems.access import get_countermeasure, get_learning
from postmortems.api import writing
from postmortems.api.filters import CountermeasureFilter, LearningFilter
from postmortems.api.parts import change, without_version
from postmortems.api.rows import CountermeasureSerializer, LearningSerializer, rows_of
from postmortems.models import Countermeasure, Postmortem


class NumberedViewSet(GenericViewSet):
    """Subclasses name the `part`, a key of PARTS, and the `door` that leads to one row."""

    part, door = "", None
    lookup_field = "reference"
    filter_backends = [StrictFilters]
    versioned = {"partial_update"}

    def get_queryset(self):
        visible = Postmortem.objects.visible_to(self.request.user)
        return rows_of(self.part).filter(postmortem__in=visible.values("pk")).order_by("-number")

    def find(self, reference):
        return type(self).door(self.request.user, reference)

    def list(self, request):
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def retrieve(self, request, reference):
        return self.shown(self.find(reference))

    def shown(self, row):
        row = rows_of(self.part).get(pk=row.pk)
        serializer = type(self).serializer_class(row, context=self.get_serializer_context())
        return Response(serializer.data, headers={"ETag": versions.etag(row.version)})

    def checked(self, postmortem, row=None):
        serializer = type(self).serializer_class(
            row, data=without_version(self.request.data), partial=True, context=self.get_serializer_context()
        )
        serializer.context["postmortem"] = postmortem
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def partial_update(self, request, reference):
        row = self.find(reference)
        if not row.postmortem.can(request.user, "write"):
            raise PermissionDenied(f"You may read {row.reference}, but not write it.")
        return self.shown(change(self, row, writing.change_row))


class LearningViewSet(NumberedViewSet):
    """Learnings of every postmortem that you may see."""

    part = "learnings"
    queryset = rows_of("learnings").none()
    serializer_class = LearningSerializer
    filterset_class = LearningFilter
    door = staticmethod(get_learning)


class MoveOnSerializer(StrictSerializer):
    version = Version()


class DeclineSerializer(MoveOnSerializer):
    reason = Text(max_length=300)


class SupersedeSerializer(MoveOnSerializer):
    by = serializers.CharField(max_length=12, help_text="The countermeasure that takes its place, such as CM-9.")


class EffectSerializer(MoveOnSerializer):
    effect = serializers.ChoiceField(Countermeasure.Effect.choices)
    next_check = serializers.DateField(required=False, allow_null=True, help_text="Needed with cannot_tell.")


BODIES = {"decline": DeclineSerializer, "supersede": SupersedeSerializer, "effect": EffectSerializer}
PLAIN = {"accept", "start", "complete", "reopen"}
SHOWN = extend_schema(responses=CountermeasureSerializer)


class CountermeasureViewSet(NumberedViewSet):
    """Countermeasures of every postmortem that you may see. Whoever may write the postmortem moves them on, and so may
    their own owner."""

    part = "countermeasures"
    queryset = rows_of("countermeasures").none()
    serializer_class = CountermeasureSerializer
    filterset_class = CountermeasureFilter
    door = staticmethod(get_countermeasure)
    versioned = {"partial_update", *BODIES, *PLAIN}

    def get_serializer_class(self):
        return MoveOnSerializer if self.action in PLAIN else BODIES.get(self.action, CountermeasureSerializer)

    def act(self, reference, verb):
        row = self.find(reference)
        if not row.may_move(self.request.user):
            raise PermissionDenied(f"You may read {row.reference}, but not change it.")
        name, version = versions.given(self.request)
        body = self.get_serializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        with transaction.atomic():
            current = Countermeasure.objects.select_for_update().get(pk=row.pk)
            versions.compare(name, version, current.version, lambda: self.shown(current).data)
            verb(current, self.request.user, body.validated_data)
        return self.shown(row)

    @SHOWN
    @action(detail=True, methods=["post"])
    def accept(self, request, reference):
        return self.act(reference, lambda row, by, body: row.accept(by))

    @SHOWN
    @action(detail=True, methods=["post"])
    def start(self, request, reference):
        return self.act(reference, lambda row, by, body: row.start(by))

    @SHOWN
    @action(detail=True, methods=["post"])
    def complete(self, request, reference):
        return self.act(reference, lambda row, by, body: row.complete(by))

    @SHOWN
    @action(detail=True, methods=["post"])
    def reopen(self, request, reference):
        return self.act(reference, lambda row, by, body: row.reopen(by))

    @SHOWN
    @action(detail=True, methods=["post"])
    def effect(self, request, reference):
        """Answer the effect check: worked or partly → verified; did_not → stays done and says so."""
        return self.act(reference, lambda row, by, body: row.check_effect(by, body["effect"], body.get("next_check")))

    @SHOWN
    @action(detail=True, methods=["post"])
    def decline(self, request, reference):
        return self.act(reference, lambda row, by, body: row.decline(by, body["reason"]))

    @SHOWN
    @action(detail=True, methods=["post"])
    def supersede(self, request, reference):
        def verb(row, by, body):
            other = Countermeasure.objects.of_visible(by).filter(number=_number(body["by"])).exclude(pk=row.pk).first()
            if other is None:
                raise serializers.ValidationError({"by": "There is no such countermeasure to take its place."})
            row.supersede(by, other)

        return self.act(reference, verb)


def _number(reference):
    prefix, _, digits = reference.upper().partition("-")
    return int(digits) if prefix == "CM" and digits.isascii() and digits.isdigit() else 0


ROUTES = [("learnings", LearningViewSet, "learning"), ("countermeasures", CountermeasureViewSet, "countermeasure")]
