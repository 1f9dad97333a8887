"""manage.py create_token USER: a token of the API, whose secret is printed once."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from kb.accounts.models import ApiToken, User
from kb.tokens import issue_token


class Command(BaseCommand):
    help = "Makes an API token that acts for USER and prints its secret. It is stored nowhere: keep it."

    def add_arguments(self, parser):
        parser.add_argument("user", help="user name")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.READ)
        parser.add_argument("--name", default="", help="what it is for, as the profile shows it")

    def handle(self, *args, user, scope, name, **options):
        owner = User.objects.people().filter(username=user).first()
        if owner is None:
            raise CommandError(f"Nobody who can sign in has the user name “{user}”.")
        try:
            ApiToken(user=owner, name=name, scope=scope).clean_fields(exclude=["digest"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        _, secret = issue_token(owner, by=None, name=name, scope=scope)
        self.stdout.write(secret)
