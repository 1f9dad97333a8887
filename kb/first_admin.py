"""The first administrator comes in by a link that the start prints: no default password exists anywhere.

A link works for a day, once, and only while nobody administers the site but people of the demo. That it was used is an
event, and events are kept: should the last administrator leave, no old link opens again.
"""

from django import forms
from django.conf import settings
from django.contrib.auth import login, password_validation
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from kb.accounts.models import User
from kb.demo.models import DemoRow
from kb.events.drain import acquire, release
from kb.events.models import Event
from kb.events.record import record
from kb.lib.uids import new_uid

A_DAY = 24 * 3600
SALT = "andon.first_admin"
KIND = "site.first_administrator"


def is_wanted():
    """True while no link was used and nobody real is an administrator."""
    real = User.objects.active().filter(is_admin=True).exclude(pk__in=DemoRow.marked(User).values("pk"))
    return not real.exists() and not Event.objects.filter(kind=KIND).exists()


def link():
    """The address that makes the first administrator, good for a day; “” when the site has one."""
    if not is_wanted():
        return ""
    return settings.PUBLIC_URL + reverse("first_admin", args=[signing.dumps(new_uid(), salt=SALT)])


class FirstAdminForm(forms.ModelForm):
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=f"At least {settings.PASSWORD_MIN_LENGTH} characters; a few words are easy to keep in mind.",
    )

    class Meta:
        model = User
        fields = ["username", "name", "email"]
        widgets = {
            "username": forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if self.is_bound:  # then the keyboard belongs to what was refused
            self.fields["username"].widget.attrs.pop("autofocus", None)

    def clean_email(self):
        email = self.cleaned_data["email"]
        if email and User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError("Somebody here has this address already.")
        return email

    def _post_clean(self):
        """The password is measured against the name and address that were given with it."""
        super()._post_clean()
        password = self.cleaned_data.get("password")
        if password:
            try:
                password_validation.validate_password(password, self.instance)
            except forms.ValidationError as error:
                self.add_error("password", error)


def become(form):
    """Make the administrator of a valid form, or return None when somebody was quicker."""
    holder = new_uid()
    if not acquire("first_admin", holder):
        return None
    try:
        with transaction.atomic():
            if not is_wanted():
                return None
            user = form.save(commit=False)
            user.is_admin, user.role = True, User.Role.FACILITATOR
            user.set_password(form.cleaned_data["password"])
            user.save()
            record(KIND, actor=user, subject=f"user:{user.uid}")
            return user
    finally:
        release("first_admin", holder)


@never_cache
@login_not_required
def first_admin(request, token):
    """The form behind the link; an old, used or invented link is a missing page."""
    try:
        signing.loads(token, salt=SALT, max_age=A_DAY)
    except signing.BadSignature:
        raise Http404 from None
    if not is_wanted():
        raise Http404
    form = FirstAdminForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = become(form)
        if user is None:
            raise Http404
        login(request, user, settings.AUTHENTICATION_BACKENDS[0])
        return redirect("/")
    return render(request, "account/first_admin.html", {"form": form}, status=400 if form.errors else 200)
