"""For templates of digests: days, reasons, text that is wrapped; and whether somebody follows something already."""

from django import template

from kb.digests.models import Interest, Subscription
from kb.digests.wording import count, listed, long_day
from kb.lib.mail import wrapped

register = template.Library()


@register.filter
def period(days):
    """`17–24 November 2025`, `27 October – 3 November 2025`: first and last day of a period."""
    first, last = days
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%B %Y}" if first != last else long_day(last)
    return f"{first.day} {first:%B}{f' {first.year}' if first.year != last.year else ''} – {long_day(last)}"


@register.filter
def reasons(labels):
    """`Payments, Retries and everything`."""
    return listed(labels)


@register.filter
def beside(entries):
    """[(the entry before or None, entry)]: what comes from the same postmortem says so in fewer words."""
    return list(zip([None, *entries], entries, strict=False))


@register.filter
def counted(number, one):
    """`{{ n|counted:"learning" }}` → `3 learnings`."""
    return count(number, one)


@register.simple_tag
def wrap(text, first="", rest=None):
    """Text for a text part: 72 columns, lines begun by `first` and `rest`."""
    return wrapped(" ".join(str(text).split()), first, rest)


@register.simple_tag(takes_context=True)
def is_subscribed(context):
    """Whether the reader has a weekly subscription, stopped ones included. One query."""
    return Subscription.objects.filter(owner=context["request"].user).exists()


@register.simple_tag(takes_context=True)
def following(context, query):
    """The reader's Interest with this query, or None. One query."""
    user = getattr(context.get("request"), "user", None)
    if not user or not user.is_authenticated:
        return None
    return Interest.objects.filter(subscription__owner=user, query=query).select_related("subscription").first()
