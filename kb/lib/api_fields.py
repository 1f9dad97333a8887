"""Serializer fields that take exactly what they say, and serializers that refuse what they do not know."""

from django.core.validators import URLValidator
from django.db import models
from rest_framework import serializers

from kb.lib.plain_text import validate_not_blank

__all__ = ["Flag", "Instant", "StrictModelSerializer", "StrictSerializer", "Text", "Version", "WebLink"]


class Text(serializers.CharField):
    """A JSON string, kept as it was typed; a number is no string."""

    def __init__(self, **options):
        options.setdefault("trim_whitespace", False)
        super().__init__(**options)
        if not self.allow_blank and not self.read_only:
            self.validators.append(validate_not_blank)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class WebLink(Text):
    """A link that a page can show: http or https, or nothing."""

    def __init__(self, **options):
        options.setdefault("allow_blank", True)
        super().__init__(**options)
        self.validators.append(self.web)

    @staticmethod
    def web(value):
        if value:
            URLValidator(["http", "https"])(value)


class Flag(serializers.BooleanField):
    """true or false; "yes" and 1 are neither."""

    def to_internal_value(self, data):
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Version(serializers.IntegerField):
    """A row's version. In a request it says which version was read, as If-Match does."""

    def __init__(self, **options):
        options.setdefault("help_text", "Grows by one with each change. In a request: the version that you read.")
        super().__init__(required=False, min_value=1, **options)


class Instant(serializers.DateTimeField):
    """An instant with its zone: 2026-03-02T09:14:00Z or …+01:00. Without a zone it could mean several."""

    default_error_messages = {"make_aware": "Name the zone: write Z or an offset such as +02:00 after the time."}

    def enforce_timezone(self, value):
        if value.tzinfo is None and getattr(self, "_reading", False):
            self.fail("make_aware", timezone="")
        return super().enforce_timezone(value)

    def to_internal_value(self, value):
        if not isinstance(value, str):
            self.fail("invalid", format="2026-03-02T09:14:00Z")
        self._reading = True
        try:
            return super().to_internal_value(value)
        except (OverflowError, ValueError):
            self.fail("overflow")
        finally:
            self._reading = False


class StrictSerializer(serializers.Serializer):
    """Refuses unknown and read-only fields, naming each."""

    elsewhere = {}  # field → what to use instead

    def to_internal_value(self, data):
        errors = self.refused(data) if isinstance(data, dict) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **errors}) from None
        if errors:
            raise serializers.ValidationError(errors)
        return value

    def refused(self, data):
        errors = {}
        for name in data:
            if name in self.elsewhere:
                errors[name] = [self.elsewhere[name]]
            elif name not in self.fields:
                errors[name] = ["There is no such field here."]
            elif self.fields[name].read_only:
                errors[name] = ["It can only be read."]
        return errors


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer):
    """The fields of a model, strictly. Nothing is saved by a serializer: verbs of the models do that."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
        models.TextField: Text,
        models.BooleanField: Flag,
        models.DateTimeField: Instant,
    }
