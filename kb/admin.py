"""The administration: people and teams here, vocabularies in postmortems/admin.py; content has its own door.

It stands up here because it tells what it did as events, and hands over what people owned.
"""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.template.response import TemplateResponse

from kb.accounts.models import Membership, Team, User
from kb.events.record import record
from postmortems import fragments
from postmortems.admin import CatalogAdmin
from postmortems.handover import hand_over_everything

WATCHED = ("username", "email", "role", "is_admin", "is_active")  # their changes stand in the audit trail


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user", "team"]
    fields = ["user", "team"]

    def get_fields(self, request, obj=None):
        return ["team"] if isinstance(obj, User) or self.parent_model is User else ["user"]


class NewPersonForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["username", "name", "email", "role"]


class PersonForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"

    def clean(self):
        """Somebody must be left who can open the administration."""
        data = super().clean()
        stays = data.get("is_admin") and data.get("is_active")
        others = User.objects.people().filter(is_admin=True).exclude(pk=self.instance.pk)
        if self.instance.is_admin and not stays and not others.exists():
            raise ValidationError("This is the only administrator. Make somebody else one first.")
        return data


@admin.register(User)
class PersonAdmin(UserAdmin):
    form, add_form = PersonForm, NewPersonForm
    list_display = ["username", "name", "email", "role", "is_admin", "is_active"]
    list_filter = ["role", "is_admin", "is_active", "teams"]
    search_fields = ["username", "name", "email", "also_known_as"]
    ordering = ["username"]
    filter_horizontal = []
    inlines = [MembershipInline]
    actions = ["hand_over"]
    fieldsets = [
        (None, {"fields": ["username", "password", "name", "email", "also_known_as", "zone"]}),
        ("What they may do", {"fields": ["role", "is_admin", "is_active"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "name", "email", "role", "usable_password", "password1", "password2"]}),
    ]

    def get_queryset(self, request):
        """Without the owner of imports and other accounts that nobody signs in to."""
        return super().get_queryset(request).filter(is_system=False)

    def has_delete_permission(self, request, obj=None):
        """People are deactivated: what they wrote stays, under their name."""
        return False

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and {"name", "username"} & set(form.changed_data):
            fragments.outdate_naming(obj)
        was = {name: form.initial.get(name) for name in WATCHED if name in form.changed_data}
        if was or not change:
            data = {"was": was, "is": {name: getattr(obj, name) for name in was or WATCHED[2:]}}
            record("user.changed" if change else "user.added", actor=request.user, subject=f"user:{obj.uid}", data=data)

    def save_formset(self, request, form, formset, change):
        save_memberships(request, form, formset)

    def user_change_password(self, request, id, form_url=""):
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            person = User.objects.get(pk=id)
            with transaction.atomic():
                record("user.password_set", actor=request.user, subject=f"user:{person.uid}")
        return response

    @admin.action(description="Deactivate, and hand over what they own")
    def hand_over(self, request, queryset):
        if not request.user.is_admin:
            raise PermissionDenied
        leaving = list(queryset)
        form = HandOverForm(leaving, request.POST if "apply" in request.POST else None)
        if form.is_bound and form.is_valid():
            for person in leaving:
                self._let_go(request, person, form.cleaned_data["to"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Deactivate and hand over",
            "form": form,
            "chosen": leaving,
            "action": "hand_over",
            "opts": self.opts,
            "verb": "Deactivate and hand over",
        }
        return TemplateResponse(request, "admin/ask.html", context)

    def _let_go(self, request, person, to):
        with transaction.atomic():
            postmortems, countermeasures = hand_over_everything(person, to, request.user)
            User.objects.filter(pk=person.pk).update(is_active=False)
            record(
                "user.changed",
                actor=request.user,
                subject=f"user:{person.uid}",
                data={"was": {"is_active": True}, "is": {"is_active": False}},
            )
        self.log_change(request, person, f"Deactivated; handed over to {to}")
        owned = f"{postmortems} of their postmortems and {countermeasures} open countermeasures"
        messages.success(request, f"{person} is deactivated. {to} now owns {owned}.")


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label="Everything goes to", to_field_name="uid")

    def __init__(self, leaving, *args, **options):
        super().__init__(*args, **options)
        stay = User.objects.people().exclude(role=User.Role.READER).exclude(pk__in=[p.pk for p in leaving])
        self.fields["to"].queryset = stay
        self.leaving = leaving

    def clean(self):
        left = User.objects.people().filter(is_admin=True).exclude(pk__in=[person.pk for person in self.leaving])
        if not left.exists():
            raise ValidationError("No administrator would be left. Make somebody else one first.")
        return super().clean()


@admin.register(Team)
class TeamAdmin(CatalogAdmin):
    list_display = ["name", "slug", "about", "people"]
    search_fields = ["name", "slug"]
    inlines = [MembershipInline]
    fields = ["name", "about"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("members")

    @admin.display(description="Members")
    def people(self, team):
        return ", ".join(str(person) for person in team.members.all())

    def save_formset(self, request, form, formset, change):
        save_memberships(request, form, formset)


def save_memberships(request, form, formset):
    """Who joined and left which team decides about what they see: it is told."""
    formset.save()
    for membership in formset.new_objects:
        _tell(request, "team.joined", membership)
    for membership, _ in formset.changed_objects:
        _tell(request, "team.joined", membership)
    for membership in formset.deleted_objects:
        _tell(request, "team.left", membership)


def _tell(request, kind, membership):
    data = {"user": membership.user.uid}
    record(kind, actor=request.user, subject=f"team:{membership.team.uid}", data=data)


# Libraries register tables of their own; their rows follow from what is done here and on the profile.
for model in [model for model in admin.site._registry if model._meta.app_label in ("account", "auth")]:
    admin.site.unregister(model)

admin.site.site_header = admin.site.site_title = "Administration"
admin.site.index_title = "People, teams and vocabularies"
admin.site.enable_nav_sidebar = False
