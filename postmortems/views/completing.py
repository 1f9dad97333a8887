"""Completions for what is being typed: @people, #tags, PM-12. Only what the asker may see, in the form of a listbox."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kb.accounts.models import User
from postmortems.models import Postmortem, Tag
from postmortems.vocabulary import known_to

MOST = 8
LONGEST = 60  # characters of what was typed that are looked for


@require_safe
def complete(request: HttpRequest) -> HttpResponse:
    """`key` is `@`, `#` or `PM-`, `q` what was typed behind it. Two queries; eight options at most."""
    text = request.GET.get("q", "").replace("\0", "")[:LONGEST]
    find = {"@": people, "#": tags, "PM-": references}.get(request.GET.get("key", "").upper())
    options = find(request.user, text) if find else []
    return render(request, "postmortems/writing/completions.html", {"options": options})


def people(user, text):
    """[(what is put in, what is shown, more)] of people whose name or user name begins, or goes on, like `text`."""
    words = Q(username__istartswith=text) | Q(name__istartswith=text) | Q(name__icontains=f" {text}")
    found = User.objects.people().filter(words).order_by("name", "username")[:MOST]
    return [(f"@{one.username}", one.name or one.username, one.username) for one in found]


def tags(user, text):
    found = known_to(user, Tag).filter(Q(slug__icontains=text) | Q(name__icontains=text)).order_by("name")[:MOST]
    return [(f"#{tag.slug}", tag.name, "") for tag in found]


def references(user, text):
    """By the beginning of the number, or by a word of the title; the newest first."""
    if text.isascii() and text.isdigit():
        about = Q(number__startswith=text)
    else:
        about = Q(title__icontains=text) if text else Q()
    found = Postmortem.objects.visible_to(user).filter(about).order_by("-number")[:MOST]
    return [(row.reference, row.reference, row.title) for row in found.only("number", "title")]
