"""What people say about themselves, and the tokens they make."""

from django import forms

from kb.accounts.models import ApiToken, User
from kb.lib import instants


class ProfileForm(forms.ModelForm):
    """A new mail address asks for the password, since whoever has the address can set a new one."""

    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Only to change the mail address: whoever reads its mail can set a new password.",
    )

    class Meta:
        model = User
        fields = ["name", "also_known_as", "email", "zone", "mail_notices", "single_keys"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "zone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
        }
        labels = {"email": "Mail address"}
        help_texts = {
            "email": "For the digest, and for a new password.",
            "zone": "Your times and your digest follow it, such as Europe/Berlin.",
            "mail_notices": "When somebody comments on what is yours, asks you to review, or answers you.",
            "single_keys": "One letter does something, such as / for the search. Switch it off if you dictate.",
        }

    field_order = ["name", "also_known_as", "email", "password", "zone", "mail_notices", "single_keys"]

    @staticmethod
    def zones():
        return sorted(name for name in instants.zone_names() if "/" in name or name == "UTC")

    def clean_email(self):
        email = self.cleaned_data["email"]
        if email and User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Somebody here has this address already.")
        return email

    def clean(self):
        data = super().clean()
        known = User.objects.get(pk=self.instance.pk)
        if "email" in data and data["email"].lower() != known.email.lower():
            if not known.check_password(data.get("password") or ""):
                self.add_error("password", "Give your present password to change the mail address.")
        return data


class TokenForm(forms.ModelForm):
    class Meta:
        model = ApiToken
        fields = ["name", "scope"]
        labels = {"name": "What is it for?", "scope": "It may"}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["name"].required = True
