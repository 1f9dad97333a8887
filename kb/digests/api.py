"""/subscriptions/ and /digests/: one's own, and nobody else's."""

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from kb.accounts.models import validate_zone
from kb.digests.editions import read_editions
from kb.digests.models import MOST_INTERESTS, Digest, Interest, Subscription
from kb.lib.api_fields import StrictModelSerializer, StrictSerializer, Text
from kb.lib.strict_filters import NoParameters


class InterestSerializer(StrictModelSerializer):
    query = Text(
        max_length=300, allow_blank=True, help_text="In the search language; empty means everything; PM-12 watches one."
    )
    label = Text(max_length=120, allow_blank=True, required=False)

    class Meta:
        model = Interest
        fields = ["uid", "query", "label"]


class SubscriptionSerializer(StrictModelSerializer):
    interests = InterestSerializer(many=True, required=False, help_text="Sent, the list replaces the one before.")
    zone = Text(max_length=60, required=False, validators=[validate_zone])

    class Meta:
        model = Subscription
        fields = ["uid", "channel", "weekday", "hour", "zone", "interests", "paused_at", "next_due_at", "created_at"]
        read_only_fields = ["channel", "paused_at", "next_due_at", "created_at"]

    def validate_interests(self, rows):
        queries = [" ".join(row["query"].split()) for row in rows]
        if len(queries) > len(set(queries)):
            raise serializers.ValidationError("The same query stands twice in it.")
        if len(rows) > MOST_INTERESTS:
            raise serializers.ValidationError(f"{MOST_INTERESTS} interests are the most one subscription can have.")
        return rows


class DigestItemSerializer(serializers.Serializer):
    kind = serializers.CharField()
    reference = serializers.CharField()
    text = serializers.CharField()
    more = serializers.CharField()
    url = serializers.CharField()
    source = serializers.CharField(source="source.reference", help_text="The postmortem that it comes from.")
    why = serializers.ListField(child=serializers.CharField(), help_text="Which of your interests picked it.")


class DigestSerializer(StrictModelSerializer):
    week = serializers.CharField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Digest
        fields = ["uid", "week", "since", "until", "zone", "url"]


class EditionSerializer(DigestSerializer):
    """A digest as you may read it now."""

    subject = serializers.CharField(source="edition.subject", read_only=True)
    sentence = serializers.CharField(source="edition.sentence", read_only=True)
    learnings = DigestItemSerializer(source="edition.learnings", many=True, read_only=True)
    published = DigestItemSerializer(source="edition.published", many=True, read_only=True)
    done = DigestItemSerializer(source="edition.done", many=True, read_only=True)
    overdue = DigestItemSerializer(source="edition.overdue", many=True, read_only=True)

    class Meta(DigestSerializer.Meta):
        fields = [*DigestSerializer.Meta.fields, "subject", "sentence", "learnings", "published", "done", "overdue"]


class SubscriptionViewSet(GenericViewSet):
    """Yours alone, so that nobody else changes them: they need no version."""

    queryset = Subscription.objects.none()
    serializer_class = SubscriptionSerializer
    lookup_field = "uid"
    filter_backends = [NoParameters]

    def get_queryset(self):
        return Subscription.objects.of(self.request.user).prefetch_related("interests")

    def get_serializer_class(self):
        return StrictSerializer if self.action in ("pause", "stop", "resume") else SubscriptionSerializer

    def find(self, uid):
        found = self.get_queryset().filter(uid=uid).first()
        if found is None:
            raise Http404
        return found

    def shown(self, uid, code=status.HTTP_200_OK):
        return Response(SubscriptionSerializer(self.find(uid)).data, status=code)

    def checked(self, row=None):
        serializer = self.get_serializer(row, data=self.request.data, partial=row is not None)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def list(self, request):
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def retrieve(self, request, uid):
        return self.shown(uid)

    def create(self, request):
        """Without interests it brings everything, weekly on Monday at eight."""
        data = dict(self.checked())
        interests = [(row["query"], row.get("label", "")) for row in data.pop("interests", [{"query": ""}])]
        row = Subscription.start(request.user, interests, **data)
        return self.shown(row.uid, status.HTTP_201_CREATED)

    def partial_update(self, request, uid):
        row = self.find(uid)
        data = dict(self.checked(row))
        interests = data.pop("interests", None)
        with transaction.atomic():
            if data:
                now = {"weekday": row.weekday, "hour": row.hour, "zone": row.zone}
                row.reschedule(**{**now, **data})
            if interests is not None:
                kept = [row.follow(item["query"], item.get("label", "")).pk for item in interests]
                row.interests.exclude(pk__in=kept).delete()
        return self.shown(uid)

    def destroy(self, request, uid):
        self.find(uid).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _act(self, uid, verb):
        row = self.find(uid)
        self.checked()
        verb(row)
        return self.shown(uid)

    @extend_schema(request=None, responses=SubscriptionSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request, uid):
        """Nothing for four weeks; then it goes on by itself."""
        return self._act(uid, lambda row: row.pause())

    @extend_schema(request=None, responses=SubscriptionSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request, uid):
        return self._act(uid, lambda row: row.stop())

    @extend_schema(request=None, responses=SubscriptionSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request, uid):
        return self._act(uid, lambda row: row.resume())


class DigestViewSet(GenericViewSet):
    """What was sent to you, as it may be read now."""

    queryset = Digest.objects.none()
    serializer_class = DigestSerializer
    lookup_field = "uid"
    filter_backends = [NoParameters]

    def get_queryset(self):
        return Digest.objects.sent_to(self.request.user)

    def list(self, request):
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(responses=EditionSerializer)
    def retrieve(self, request, uid):
        row = self.get_queryset().filter(uid=uid).first()
        if row is None:
            raise Http404
        row.edition = read_editions([row], request.user)[0]
        return Response(EditionSerializer(row).data)


ROUTES = [("subscriptions", SubscriptionViewSet, "subscription"), ("digests", DigestViewSet, "digest")]
