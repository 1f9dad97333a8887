"""How allauth treats our people: who may sign up, and where a sign-in leads."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return settings.SIGNUP != "closed"

    def clean_email(self, email):
        """With SIGNUP=domains only addresses of those domains; allauth then has the address confirmed by mail."""
        email = super().clean_email(email)
        domain = email.rpartition("@")[2].lower()
        if settings.SIGNUP == "domains" and domain not in settings.SIGNUP_DOMAINS:
            raise ValidationError(f"Sign up with an address at {' or '.join(settings.SIGNUP_DOMAINS)}.")
        return email
