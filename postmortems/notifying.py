"""Notices by mail, one to-do each; a consumer of kb.events. What leaves is checked when it leaves."""

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from kb.lib import mail
from postmortems.models import Notice

LENGTH = 600  # characters of a comment in the mail; all of it stands at its address


def consume(subjects: list[str]) -> None:
    """Mail the notices that were neither read nor mailed. Raises what the mail server raises; then it is tried again.

    A process killed between the server's answer and the note of it repeats that one mail, with the same Message-ID.
    """
    uids = [subject.partition(":")[2] for subject in subjects]
    waiting = Notice.objects.filter(uid__in=uids, mailed_at=None, read_at=None).select_related(
        "user", "actor", "postmortem", "comment"
    )
    for notice in waiting.order_by("pk"):
        if wants_mail(notice):
            message_of(notice).send()
        Notice.objects.filter(pk=notice.pk).update(mailed_at=timezone.now())


def wants_mail(notice: Notice) -> bool:
    """Its reader has an address, wants mail, and may see now what it tells of."""
    user = notice.user
    return bool(user.email and user.mail_notices and user.is_active and notice.postmortem.access(user).read)


def message_of(notice: Notice):
    """The mail. Of what is restricted it tells only that there is something; nothing restricted leaves the house."""
    p, open_enough = notice.postmortem, notice.postmortem.visibility == "organization"
    text = notice.comment.text if notice.comment and open_enough else ""
    context = {
        "notice": notice, "said": str(notice), "title": p.title if open_enough else "", "site": settings.SITE_NAME,
        "text": text[:LENGTH] + "…" * (len(text) > LENGTH),
        "url": settings.PUBLIC_URL.rstrip("/") + notice.get_absolute_url(),
        "profile": settings.PUBLIC_URL.rstrip("/") + "/profile/",
    }  # fmt: skip
    subject = f"{notice}: {p.title}" if open_enough else str(notice)
    headers = {"Message-ID": mail.message_id("notice", notice.uid)}
    if notice.comment:
        headers["References"] = mail.message_id("thread", (notice.comment.thread or notice.comment).uid)
    bodies = [render_to_string(f"emails/notice.{kind}", context) for kind in ("txt", "html")]
    return mail.message(subject, *bodies, (str(notice.user), notice.user.email), headers=headers)
