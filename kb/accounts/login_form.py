"""The sign-in form: allauth's, with a limit on what is typed into it."""

from allauth.account.forms import LoginForm as AllauthLoginForm
from django.core.validators import MaxLengthValidator

LONGEST_NAME = 254  # of a mail address; user names are shorter
LONGEST_PASSWORD = 1000


class LoginForm(AllauthLoginForm):
    """Without limits the database refuses to compare names of 100,000 characters; a hash of such a password costs."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name, most in (("login", LONGEST_NAME), ("password", LONGEST_PASSWORD)):
            self.fields[name].validators.append(MaxLengthValidator(most))
