"""My profile: who I am to others, in which zone I read, and the tokens that act for me."""

from allauth.account.models import EmailAddress
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kb.accounts.forms import ProfileForm, TokenForm
from kb.accounts.models import User
from kb.tokens import issue_token, revoke_token
from postmortems import fragments

MOST_TOKENS = 20


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    # A user object of its own: a refused form must not put what was typed into the header of the page.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        save(form)
        messages.success(request, "Your profile is saved.")
        return redirect("profile")
    return show(request, form=form)


def save(form) -> None:
    """Write the profile; an address that was confirmed before says nothing about the new one."""
    with transaction.atomic():
        if "email" in form.changed_data:
            EmailAddress.objects.filter(user=form.instance).delete()
        form.instance.save(update_fields=form.Meta.fields)
        if "name" in form.changed_data:
            fragments.outdate_naming(form.instance)


@never_cache
@require_POST
def create_token(request: HttpRequest) -> HttpResponse:
    """The answer itself shows the secret, this once: it is kept nowhere, not even for a redirect."""
    form = TokenForm(request.POST)
    if request.user.tokens.filter(revoked_at=None).count() >= MOST_TOKENS:
        form.add_error(None, f"{MOST_TOKENS} tokens are the most one person can have. Revoke one that is not used.")
    if not form.is_valid():
        return show(request, token_form=form)
    token, secret = issue_token(request.user, by=request.user, **form.cleaned_data)
    return show(request, new_token=token, secret=secret)


@require_POST
def revoke(request: HttpRequest, uid: str) -> HttpResponse:
    token = request.user.tokens.filter(uid=uid, revoked_at=None).first()
    if token is None:
        raise Http404
    revoke_token(token, by=request.user)
    messages.success(request, f"“{token}” opens nothing any more.")
    return redirect("profile")


def show(request, form=None, token_form=None, **context) -> HttpResponse:
    form = form or ProfileForm(instance=User.objects.get(pk=request.user.pk))
    context |= {
        "form": form,
        "token_form": token_form or TokenForm(),
        "tokens": request.user.tokens.filter(revoked_at=None),
        "teams": request.user.teams.all(),
        "zones": ProfileForm.zones(),
    }
    faulty = form.errors or context["token_form"].errors
    return render(request, "accounts/profile.html", context, status=400 if faulty else 200)
