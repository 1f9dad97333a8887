"""My subscriptions: when they come, what is in them, what the next one would hold."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from kb.digests.closing import compose_for
from kb.digests.editions import read_editions
from kb.digests.forms import VOCABULARIES, InterestForm, ScheduleForm
from kb.digests.interests import explain
from kb.digests.models import SETTLING, Interest, Sending, Subscription
from kb.digests.sampling import recently, send_now
from kb.lib.instants import zone_names
from kb.lib.uids import sent_uid
from postmortems.vocabulary import known_to


def mine(request, uid):
    """The reader's own subscription; anybody else's is 404."""
    return get_object_or_404(Subscription, uid=uid, owner=request.user)


def back(request, subscription=None):
    """To where the form stood: `next` if it is a page of ours, else the subscriptions page."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return redirect(wanted)
    return redirect(subscription or "subscriptions")


@require_safe
def subscriptions(request):
    return show(request)


def show(request, *, schedule=None, interest=None, status=200):
    """The page; `schedule` or `interest` is a form that was refused, to be shown with what was typed in it."""
    rows = []
    parked = Prefetch("sendings", Sending.objects.exclude(parked_at=None).select_related("digest"), to_attr="parked")
    for subscription in Subscription.objects.of(request.user).prefetch_related("interests", parked):
        refused = [form for form in (schedule, interest) if form and form.subscription_uid == subscription.uid]
        row = {
            "subscription": subscription,
            "interests": [(i, explain(i.query)[0]) for i in subscription.interests.all()],
            "schedule": ScheduleForm(instance=subscription),
            "interest": InterestForm(reader=request.user, subscription=subscription),
            "trouble": [s for s in subscription.parked if s.period_end >= subscription.covered_until],
        }
        for form in refused:
            row["schedule" if isinstance(form, ScheduleForm) else "interest"] = form
        rows.append(row)
    context = {"rows": rows, "zones": sorted(zone_names()), "names": names(request.user)}
    return render(request, "digests/subscription_list.html", context, status=status)


def names(reader):
    """(name, what it is) of everything that the reader may know of and follow, for completion. Three queries."""
    for word, model in VOCABULARIES.items():
        yield from ((name, word) for name in known_to(reader, model).values_list("name", flat=True))


@require_POST
def start_subscription(request):
    """One click: everything, on Mondays at 8:00 in the reader's zone."""
    try:
        subscription = Subscription.start(request.user)
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
        return back(request)
    messages.success(request, f"You get the weekly learning digest: {subscription}. Change it here whenever you like.")
    return back(request, subscription)


@require_POST
def reschedule(request, uid):
    subscription = mine(request, uid)
    form = ScheduleForm(request.POST, instance=subscription)
    form.subscription_uid = uid
    if not form.is_valid():
        return show(request, schedule=form, status=400)
    saved = form.save()
    messages.success(request, f"Saved: {saved}.")
    return redirect(saved)


@require_POST
def add_interest(request, uid):
    subscription = mine(request, uid)
    form = InterestForm(request.POST, reader=request.user, subscription=subscription)
    form.subscription_uid = uid
    if form.is_valid():
        try:
            interest = subscription.follow(form.cleaned_data["query"], form.cleaned_data["label"])
        except ValidationError as fault:
            form.add_error("value", fault.messages)
        else:
            messages.success(request, f"You follow {interest}.")
            return redirect(subscription)
    return show(request, interest=form, status=400)


@require_POST
def follow(request):
    """From a page about something: add its query to the reader's first subscription, or begin one with it."""
    query, label = request.POST.get("query", ""), request.POST.get("label", "")
    try:
        subscription = Subscription.objects.of(request.user).first()
        if subscription is None:
            subscription = Subscription.start(request.user, [(query, label)])
        else:
            subscription.follow(query, label)
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
    else:
        messages.success(request, f"You follow {label or query or 'everything'}: {subscription}.")
    return back(request)


@require_POST
def unfollow(request):
    """Take an interest out. A subscription without any has nothing to send; it stays for the next one."""
    interest = get_object_or_404(Interest, uid=sent_uid(request.POST, "interest"), subscription__owner=request.user)
    interest.delete()
    messages.success(request, f"You no longer follow {interest}.")
    return back(request, interest.subscription)


@require_POST
def pause_subscription(request, uid):
    subscription = mine(request, uid)
    subscription.pause()
    messages.success(request, "Paused for four weeks.")
    return redirect(subscription)


@require_POST
def resume_subscription(request, uid):
    subscription = mine(request, uid)
    subscription.resume()
    messages.success(request, f"It goes on: {subscription}.")
    return redirect(subscription)


@require_POST
def delete_subscription(request, uid):
    mine(request, uid).delete()
    messages.success(request, "The subscription is deleted. The digests that you got stay readable.")
    return redirect("subscriptions")


@require_safe
def preview(request, uid):
    """What the next digest would hold if it were sent now. Nothing is stored or sent."""
    subscription = mine(request, uid)
    until = max(timezone.now() - SETTLING, subscription.covered_until + timedelta(seconds=1))
    (closing,) = compose_for([subscription], until, until=until)
    edition = closing.digest and read_editions([closing.digest], request.user)[0]
    context = {"subscription": subscription, "edition": edition, "since": subscription.covered_until}
    return render(request, "digests/preview.html", context)


@require_POST
def send_one_now(request, uid):
    """The next digest as it stands, by mail, at once. The planned one comes as if this had not been sent."""
    subscription = mine(request, uid)
    if send_now(subscription):
        to = request.user.email or "nobody yet: there is no mail address in your profile"
        messages.success(request, f"On its way to {to}. The next one comes as planned.")
    else:
        messages.info(request, "There is nothing new since the last one, so nothing was sent.")
    return redirect(subscription)


@require_safe
def explain_interest(request):
    """What a query would pick, in words and with what it would have picked lately; a part of the page."""
    form = InterestForm(request.GET, reader=request.user)
    if not form.is_valid():
        return render(request, "digests/parts/explanation.html", {"faults": form.errors.get("value", [])})
    query = form.cleaned_data["query"]
    context = {"sentences": explain(query), "found": recently(query)}
    return render(request, "digests/parts/explanation.html", context)
