"""/me/: who is asking, and with what."""

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from kb.accounts.models import ApiToken, User
from kb.lib.strict_filters import refuse_unknown


class MeSerializer(serializers.ModelSerializer):
    teams = serializers.SlugRelatedField(slug_field="slug", many=True, read_only=True)
    token = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["uid", "username", "name", "email", "zone", "also_known_as", "role", "is_admin", "teams", "token"]
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"], "enum": ["read", "write", None]})
    def get_token(self, user):
        """The scope of the token that asks; null for a browser's session."""
        token = self.context["request"].auth
        return token.scope if isinstance(token, ApiToken) else None


class Me(APIView):
    @extend_schema(responses=MeSerializer, operation_id="me")
    def get(self, request):
        """Who is asking, in which role and teams."""
        refuse_unknown(request, set())
        return Response(MeSerializer(request.user, context={"request": request}).data)
