"""The administration of the vocabularies: services, tags, themes, severities. Content is never here."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.template.response import TemplateResponse

from kb.events.record import record
from kb.lib.plain_text import validate_plain_text
from postmortems import fragments
from postmortems.catalog_changes import kind_of, merge, rename
from postmortems.models import CoachException, NotPossible, Prompt, Service, Severity, Tag, Theme
from postmortems.models.catalog import slug_of


class NameForm(forms.Form):
    name = forms.CharField(max_length=80, label="New name", validators=[validate_plain_text])


class IntoForm(forms.Form):
    into = forms.ModelChoiceField(None, label="The one that stays", to_field_name="uid")

    def __init__(self, chosen, *args, **options):
        super().__init__(*args, **options)
        self.fields["into"].queryset = chosen


class ItemForm(forms.ModelForm):
    def clean_name(self):
        """A new one gets its address from its name; two cannot have the same."""
        name = self.cleaned_data["name"]
        if self.instance.pk is None and self._meta.model.objects.filter(slug=slug_of(name)).exists():
            raise forms.ValidationError(f"There is already one at the address “{slug_of(name)}”.")
        return name


class CatalogAdmin(admin.ModelAdmin):
    """Names are changed by actions, so that old addresses keep working and the index follows; nothing is deleted."""

    form = ItemForm
    actions = ["rename", "merge"]
    ordering = ["name"]

    def get_readonly_fields(self, request, obj=None):
        return ["name"] if obj else []

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        if not change:
            obj.slug = slug_of(obj.name)
        super().save_model(request, obj, form, change)
        if form.changed_data:
            record(
                "catalog.changed" if change else "catalog.added",
                actor=request.user,
                subject=f"{kind_of(obj)}:{obj.uid}",
                data={"name": obj.name},
            )

    @admin.action(description="Rename")
    def rename(self, request, queryset):
        if queryset.count() != 1:
            return messages.error(request, "Choose one to rename.")
        item = queryset.get()
        form = NameForm(request.POST if "apply" in request.POST else None, initial={"name": item.name})
        return self._ask(
            request, queryset, form, "rename", "Rename", lambda: rename(item, form.cleaned_data["name"], request.user)
        )

    @admin.action(description="Merge into one")
    def merge(self, request, queryset):
        if queryset.count() < 2:
            return messages.error(request, "Choose at least two to merge.")
        form = IntoForm(queryset, request.POST if "apply" in request.POST else None)

        def verb():
            into = form.cleaned_data["into"]
            for item in queryset.exclude(pk=into.pk):
                merge(item, into, request.user)

        return self._ask(request, queryset, form, "merge", "Merge", verb)

    def _ask(self, request, queryset, form, action, title, verb):
        """The page in between, until its form is valid; then the verb."""
        if not request.user.is_admin:
            raise PermissionDenied
        if form.is_bound and form.is_valid():
            try:
                verb()
                return messages.success(request, "Done. Old addresses lead on, and search follows within seconds.")
            except NotPossible as reason:
                form.add_error(None, str(reason))
            except ValidationError as fault:
                form.add_error(None, fault.messages)
        context = {**self.admin_site.each_context(request), "title": title, "form": form, "chosen": list(queryset),
                   "action": action, "opts": self.opts, "verb": title}  # fmt: skip
        return TemplateResponse(request, "admin/ask.html", context)


@admin.register(Service)
class ServiceAdmin(CatalogAdmin):
    list_display = ["name", "slug", "team", "about"]
    list_filter = ["team"]
    list_select_related = ["team"]
    search_fields = ["name", "slug"]
    fields = ["name", "team", "about"]


@admin.register(Tag)
class TagAdmin(CatalogAdmin):
    list_display = ["name", "slug", "kind", "about"]
    list_filter = ["kind"]
    search_fields = ["name", "slug"]
    fields = ["name", "kind", "about"]


@admin.register(Theme)
class ThemeAdmin(CatalogAdmin):
    list_display = ["name", "slug", "about"]
    search_fields = ["name", "slug"]
    fields = ["name", "about"]


@admin.register(Severity)
class SeverityAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "rank", "depth", "due_days", "check_days", "about"]
    fields = ["name", "slug", "rank", "depth", "about", "due_days", "check_days"]

    def get_readonly_fields(self, request, obj=None):
        return ["slug"] if obj else []

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change:
            fragments.outdate_graded(obj)

    def has_delete_permission(self, request, obj=None):
        """One that something carries is kept; the others may go."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.postmortem_set.exists())


@admin.register(CoachException)
class CoachExceptionAdmin(admin.ModelAdmin):
    """Words that the language coach leaves alone. “Not a match” on the desk adds to it; nobody's name is kept."""

    list_display = ["words", "rule", "added_at"]
    list_filter = ["rule"]
    search_fields = ["words"]
    fields = ["rule", "words"]


@admin.register(Prompt)
class PromptAdmin(admin.ModelAdmin):
    """Which parts each depth asks for, and with which question. Every part is there; it is shown or not."""

    list_display = ["__str__", "question", "shown", "place"]
    list_editable = ["question", "shown", "place"]
    list_filter = ["depth", "part"]
    fields = ["question", "shown", "place"]
    list_per_page = 60

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
