"""/services/, /teams/, /tags/, /themes/, /severities/: everybody reads them, administrators change them."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from kb.accounts.models import Team
from kb.events.record import record
from kb.lib.api_fields import StrictModelSerializer, StrictSerializer, Text
from kb.lib.strict_filters import NoParameters
from postmortems.access import MISSING
from postmortems.api.fields import Slug
from postmortems.catalog_changes import current_address, merge, rename
from postmortems.models import NotPossible, Service, Severity, Tag, Theme
from postmortems.models.catalog import slug_of
from postmortems.vocabulary import known_to


class ItemSerializer(StrictModelSerializer):
    name = Text(max_length=80, trim_whitespace=True)
    slug = serializers.CharField(read_only=True, help_text="Follows the name; older ones keep working.")


class ServiceSerializer(ItemSerializer):
    team = Slug(model=Team)

    class Meta:
        model = Service
        fields = ["uid", "slug", "name", "about", "team"]


class TagSerializer(ItemSerializer):
    class Meta:
        model = Tag
        fields = ["uid", "slug", "name", "about", "kind"]


class ThemeSerializer(ItemSerializer):
    class Meta:
        model = Theme
        fields = ["uid", "slug", "name", "about"]


class TeamSerializer(ItemSerializer):
    members = serializers.SlugRelatedField(slug_field="username", many=True, read_only=True)

    class Meta:
        model = Team
        fields = ["uid", "slug", "name", "about", "members"]


class SeveritySerializer(StrictModelSerializer):
    class Meta:
        model = Severity
        fields = ["slug", "name", "about", "rank"]


class MergeSerializer(StrictSerializer):
    into = Text(max_length=80, help_text="Slug of the one that stays.")


class CatalogViewSet(GenericViewSet):
    """Those that stand on something you may read; administrators see all of them."""

    lookup_field = "slug"
    filter_backends = [NoParameters]

    def get_serializer_class(self):
        return MergeSerializer if self.action == "merge" else type(self).serializer_class

    def known(self):
        """The rows that this person may know of: a word that only a secret uses would tell of it."""
        everything = self.request.user.is_admin
        return self.queryset.all() if everything else self.queryset & known_to(self.request.user, self.queryset.model)

    def find(self, slug):
        model = self.queryset.model
        moved = current_address(model._meta.model_name, slug)
        found = self.known().filter(slug=slug).first() or (moved and self.known().filter(uid=moved).first())
        if not found:
            raise Http404(MISSING)
        return found

    def shown(self, row, code=status.HTTP_200_OK):
        return Response(type(self).serializer_class(row, context=self.get_serializer_context()).data, status=code)

    def list(self, request):
        rows = self.paginate_queryset(self.filter_queryset(self.known()))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def retrieve(self, request, slug):
        return self.shown(self.find(slug))


class ChangingViewSet(CatalogViewSet):
    """Carries no versions: the last change stands, and each is in the audit trail."""

    def may_change(self):
        if not self.request.user.is_admin:
            raise PermissionDenied("Administrators change the vocabularies.")

    def checked(self, row=None):
        serializer = self.get_serializer(row, data=self.request.data, partial=row is not None)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def create(self, request):
        self.may_change()
        model, data = self.queryset.model, self.checked()
        slug = slug_of(data["name"])
        if model.objects.filter(Q(slug=slug) | Q(name=data["name"])).exists():
            raise NotPossible(f"There is already a {model._meta.verbose_name} at “{slug}”.")
        with transaction.atomic():
            row = model(slug=slug, **data)
            row.full_clean()
            row.save()
            self.note("catalog.added", row)
        return self.shown(row, status.HTTP_201_CREATED)

    def partial_update(self, request, slug):
        self.may_change()
        row = self.find(slug)
        data = dict(self.checked(row))
        name = data.pop("name", row.name)
        with transaction.atomic():
            if name != row.name:
                rename(row, name, request.user)
            if data:
                for field, value in data.items():
                    setattr(row, field, value)
                row.full_clean()
                row.save(update_fields=list(data))
                self.note("catalog.changed", row)
        return self.shown(row)

    def note(self, kind, row):
        record(kind, actor=self.request.user, subject=f"{row._meta.model_name}:{row.uid}", data={"name": row.name})

    @action(detail=True, methods=["post"])
    def merge(self, request, slug):
        """Everything that pointed here points to `into`; this one is gone, its address leads there."""
        self.may_change()
        row, into = self.find(slug), self.known().filter(slug=self.checked()["into"]).first()
        if into is None:
            raise serializers.ValidationError({"into": "There is no such one."})
        return self.shown(merge(row, into, request.user))


@extend_schema_view(merge=extend_schema(responses=ServiceSerializer))
class ServiceViewSet(ChangingViewSet):
    queryset = Service.objects.select_related("team")
    serializer_class = ServiceSerializer


@extend_schema_view(merge=extend_schema(responses=TeamSerializer))
class TeamViewSet(ChangingViewSet):
    queryset = Team.objects.prefetch_related("members")
    serializer_class = TeamSerializer


@extend_schema_view(merge=extend_schema(responses=TagSerializer))
class TagViewSet(ChangingViewSet):
    queryset = Tag.objects.all()
    serializer_class = TagSerializer


@extend_schema_view(merge=extend_schema(responses=ThemeSerializer))
class ThemeViewSet(ChangingViewSet):
    queryset = Theme.objects.all()
    serializer_class = ThemeSerializer


class SeverityViewSet(CatalogViewSet):
    queryset = Severity.objects.all()
    serializer_class = SeveritySerializer

    def find(self, slug):
        return self.queryset.filter(slug=slug).first() or self._missing()

    def _missing(self):
        raise Http404(MISSING)


ROUTES = [
    ("services", ServiceViewSet, "service"),
    ("teams", TeamViewSet, "team"),
    ("tags", TagViewSet, "tag"),
    ("themes", ThemeViewSet, "theme"),
    ("severities", SeverityViewSet, "severity"),
]
