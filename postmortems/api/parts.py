"""/postmortems/PM-12/timeline/ and its sisters: rows of one postmortem, each by its uid and with its own version."""

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from kb.lib import versions
from kb.lib.api_fields import StrictSerializer, Version
from kb.lib.pagination import Pages
from kb.lib.strict_filters import NoParameters
from postmortems.access import get_part, get_postmortem
from postmortems.api import writing
from postmortems.api.rows import PARTS, model_of, rows_of
from postmortems.models import Conflict


class RowPages(Pages):
    size, largest = 200, 500


def without_version(data):
    """The body without the word on what was read; anything that is no object is left for the serializer to refuse."""
    return (
        {k: v for k, v in data.items() if k not in ("version", "details_version")} if isinstance(data, dict) else data
    )


class RowViewSet(GenericViewSet):
    """Subclasses name the `part`, a key of PARTS."""

    part = ""
    lookup_field = "uid"
    pagination_class = RowPages
    filter_backends = [NoParameters]
    versioned = {"partial_update", "destroy", "move"}

    @property
    def model(self):
        return model_of(self.part)

    def get_queryset(self):
        return rows_of(self.part)

    def get_serializer_class(self):
        return MoveSerializer if self.action == "move" else PARTS[self.part][0]

    def door(self, need):
        return get_postmortem(self.request.user, self.kwargs["reference"], need)

    def shown(self, row, code=status.HTTP_200_OK):
        row = self.get_queryset().get(pk=row.pk)
        data = PARTS[self.part][0](row, context=self.get_serializer_context()).data
        return Response(data, status=code, headers={"ETag": versions.etag(row.version)})

    def checked(self, postmortem, row=None):
        """The validated body."""
        serializer = self.get_serializer(row, data=without_version(self.request.data), partial=row is not None)
        serializer.context["postmortem"] = postmortem
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def list(self, request, reference):
        rows = self.filter_queryset(self.get_queryset().filter(postmortem=self.door("read")))
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    def create(self, request, reference):
        postmortem = self.door("write")
        if isinstance(request.data, dict) and "version" in request.data:
            raise serializers.ValidationError({"version": "A new row has no version yet."})
        row = writing.add_row(self.model, postmortem, request.user, self.checked(postmortem))
        return self.shown(row, status.HTTP_201_CREATED)

    def retrieve(self, request, reference, uid):
        return self.shown(get_part(request.user, reference, self.model.KIND, uid, "read"))

    def partial_update(self, request, reference, uid):
        row = get_part(request.user, reference, self.model.KIND, uid)
        return self.shown(change(self, row, writing.change_row))

    def destroy(self, request, reference, uid):
        row = get_part(request.user, reference, self.model.KIND, uid)
        change(self, row, lambda row, by, version, data: row.remove(by, version), {})
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"])
    def move(self, request, reference, uid):
        """Put the row behind another one, or first. A row with a time stays where its time puts it."""
        row = get_part(request.user, reference, self.model.KIND, uid)
        return self.shown(change(self, row, _move, self.checked(row.postmortem)))


def change(view, row, verb, data=None):
    """Check the version that the request read, call `verb(row, by, version, data)`, and tell a conflict as 412."""

    def show(current=row):
        loaded = rows_of(view.part).get(pk=current.pk)
        return PARTS[view.part][0](loaded, context=view.get_serializer_context()).data

    name, version = versions.given(view.request)
    data = view.checked(row.postmortem, row) if data is None else data
    versions.compare(name, version, row.version, show)
    if data or verb is not writing.change_row:
        try:
            verb(row, view.request.user, version, data)
        except Conflict as conflict:
            if conflict.current is None:
                raise versions.outdated(0, None) from None
            raise versions.outdated(conflict.current.version, show(conflict.current)) from None
    return row


def _move(row, by, version, data):
    with transaction.atomic():
        current = type(row).objects.select_for_update().filter(pk=row.pk, version=version).first()
        if current is None:
            raise Conflict(type(row).objects.filter(pk=row.pk).first())
        row.move(by, after=data.get("after"))


class MoveSerializer(StrictSerializer):
    version = Version()
    after = serializers.CharField(allow_null=True, help_text="uid of the row to stand behind; null: first.")

    def validate_after(self, uid):
        if uid is None:
            return None
        rows = self.context["view"].model.objects.filter(postmortem=self.context["postmortem"], uid=uid)
        return rows.first() or self._refuse(uid)

    def _refuse(self, uid):
        raise serializers.ValidationError(f"There is no row “{uid}” in this list.")


def _viewset(part):
    serializer = PARTS[part][0]
    name = f"{part.title()}ViewSet"
    built = type(name, (RowViewSet,), {"part": part, "serializer_class": serializer, "__doc__": None})
    return extend_schema(tags=[part])(built)


ROUTES = [(rf"postmortems/(?P<reference>[^/.]+)/{part}", _viewset(part), f"postmortem-{part}") for part in PARTS]
