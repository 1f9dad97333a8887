"""`seed()`: an invented company, its people and a dozen of its postmortems, written by us with care."""

import datetime
import secrets
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from kb.accounts.models import Membership, Team, User
from kb.demo.models import DemoRow
from kb.demo.reading import CONTENT, clock, company, stories
from kb.demo.subscribing import subscribe
from postmortems import attachments
from postmortems.importing.build import Parts, build
from postmortems.models import Learning, Postmortem, Service, Severity, Tag, Theme

CAST = ["reader", "author", "teammate", "stranger", "facilitator", "security", "admin"]


def is_here():
    """Whether the demo's postmortems are in the database; one small query."""
    return DemoRow.objects.filter(label="postmortems.postmortem").exists()


def seed(password=None):
    """Load everything; returns {username: password} of the people (random, unless one is given for all).

    Does nothing and returns {} if the demo is here already. Two transactions, about a second.
    """
    if is_here():
        return {}
    data, now = company(), timezone.now()
    refuse_to_touch_real_people([person["username"] for person in data["people"]])
    passwords = {person["username"]: password or secrets.token_urlsafe(9) for person in data["people"]}
    with transaction.atomic():
        found = _catalog(data) | {"people": _people(data, passwords)}
        DemoRow.mark(row for rows in found.values() for row in rows.values())
    told = stories()
    made = [_parts(story, found, now) for story in told]
    with transaction.atomic():
        rows = build(made, None, snapshot="seeded")
        _backdate(rows, made)
        for postmortem, story in zip(rows, told, strict=True):
            _attach(postmortem, story)
        DemoRow.mark(rows)
        subscribe(data["subscriptions"], found["people"])
    return passwords


class NameTaken(Exception):
    """Somebody real has the user name of a demo person; the demo would change his password and role."""


def refuse_to_touch_real_people(usernames):
    mine = DemoRow.marked(User).values("pk")
    taken = User.objects.filter(username__in=usernames).exclude(pk__in=mine).values_list("username", flat=True)
    if taken:
        raise NameTaken(
            f"There is already somebody called {', '.join(sorted(taken))} here. The demo belongs into a new "
            "installation; nothing was changed."
        )


def _catalog(data):
    def rows(model, entries, **more):
        return {
            entry["slug"]: model.objects.get_or_create(
                slug=entry["slug"],
                defaults={
                    "name": entry["name"],
                    "about": entry.get("about", ""),
                    **{k: v(entry) for k, v in more.items()},
                },
            )[0]
            for entry in entries
        }

    teams = rows(Team, data["teams"])
    return {
        "teams": teams,
        "services": rows(Service, data["services"], team=lambda entry: teams.get(entry.get("team"))),
        "tags": rows(Tag, data["tags"], kind=lambda entry: entry["kind"]),
        "themes": rows(Theme, data["themes"]),
    }


def _people(data, passwords):
    people = {}
    for entry in data["people"]:
        name = entry["username"]
        person = User.objects.filter(username=name).first() or User(username=name, email=f"{name}@pellwick.example")
        person.name, person.role, person.is_admin = entry["name"], entry["role"], entry["is_admin"]
        person.zone = entry["zone"]
        person.set_password(passwords[name])
        person.save()
        people[name] = person
        for slug in entry["teams"]:
            Membership.objects.get_or_create(user=person, team=Team.objects.get(slug=slug))
    return people


def _parts(story, found, now):
    people, pick = found["people"], lambda kind, slugs: [found[kind][slug] for slug in slugs]
    day = (now - datetime.timedelta(days=story["days_ago"])).date()
    head = {
        name: story[name] for name in ("title", "takeaway", "kind", "depth", "status", "visibility", "trigger", "zone")
    }
    published = _published(story, now)
    head |= {
        "takeaway": " ".join(story["takeaway"].split()),
        "nothing_new_because": story.get("nothing_new_because", ""),
        "severity": Severity.objects.get(slug=story["severity"]),
        "owner": people[story["owner"]],
        "created_by": people[story["owner"]],
        "facilitator": people.get(story.get("facilitator")),
        "authors": pick("people", story["authors"]),
        "teams": pick("teams", story["teams"]),
        "services": pick("services", story["services"]),
        "conditions": pick("services", story["conditions"]),
        "tags": pick("tags", story["tags"]),
        "published_at": published,
        "visible_since": published if story["visibility"] == "organization" else None,
    }
    rows = {
        "section": story["sections"],
        "participant": [{**p, "user": people.get(p["user"])} for p in story["participants"]],
        "milestone": [_timed(m, day, story["zone"]) for m in story["milestones"]],
        "impact": [{**i, "value": None if i["value"] is None else Decimal(str(i["value"]))} for i in story["impact"]],
        "entry": [_timed(e, day, story["zone"]) for e in story["timeline"]],
        "factor": [{**f, "theme": found["themes"].get(f.get("theme"))} for f in story["factors"]],
        "perspective": story.get("perspectives", []),
        "question": story.get("questions", []),
        "evidence": [_proof(e, day, story["zone"]) for e in story.get("evidence", [])],
        "observation": story["observations"],
        "learning": [
            {
                **lea,
                "claim": " ".join(lea["claim"].split()),
                "services": pick("services", lea.get("services", [])),
                "tags": pick("tags", lea.get("tags", [])),
            }
            for lea in story["learnings"]
        ],
        "countermeasure": [_countermeasure(c, found, now) for c in story["countermeasures"]],
    }
    named = [{"user": people[name], "reason": "works on it"} for name in story.get("named", [])]
    reviews = [_review(r, people, published or now) for r in story["reviews"]]
    return Parts(head=head, rows=rows, reviews=reviews, named=named)


def _published(story, now):
    if story.get("published_days_ago") is None:
        return None
    return now - datetime.timedelta(days=story["published_days_ago"], hours=2)


def _timed(entry, day, zone):
    at, precision = clock(entry["at"], day, zone)
    until = clock(entry["until"], day, zone)[0] if entry.get("until") else None
    fields = {k: v for k, v in entry.items() if k not in ("at", "until", "key_moment", "participant")}
    if entry.get("participant"):
        fields["participant"] = entry["participant"]
    if "kind" in entry:
        fields |= {"until": until, "is_key_moment": entry.get("key_moment", False)}
    return {**fields, "at": at, "zone": zone, "precision": precision, "typed": entry["at"]}


def _proof(entry, day, zone):
    fields = {name: " ".join(text.split()) if name != "excerpt" else text for name, text in entry.items()}
    return {
        k: v
        for k, v in _timed(fields, day, zone).items()
        if k in ("at", "zone", "precision", "typed", "kind", "caption", "alt", "excerpt")
    }


def _attach(postmortem, story):
    """The files of its evidence, and what it is about; its first version has them, too."""
    rows = {row.caption: row for row in postmortem.evidence_set.all()}
    for entry in story.get("evidence", []):
        row = rows[" ".join(entry["caption"].split())]
        if "about" in entry:
            row.about = postmortem.section_set.get(kind=entry["about"]).anchor
        if "file" in entry:
            file = SimpleUploadedFile(entry["file"], (CONTENT / "files" / entry["file"]).read_bytes())
            row.attachment = attachments.store(postmortem, postmortem.owner, file)
        row.save(update_fields=["about", "attachment"])
    if rows:
        postmortem.snapshots.update(data=postmortem.as_aggregate())


def _countermeasure(entry, found, now):
    days = ("due_days", "check_days", "done_days_ago")
    fields = {k: v for k, v in entry.items() if k not in days}
    date = {name: now.date() + datetime.timedelta(days=entry[name]) for name in days[:2] if entry.get(name) is not None}
    ago = entry.get("done_days_ago")
    return {
        **fields,
        "owner": found["people"].get(entry.get("owner")),
        "team": found["teams"].get(entry.get("team")),
        "due_on": date.get("due_days"),
        "check_on": date.get("check_days"),
        "done_at": now - datetime.timedelta(days=ago) if ago is not None else None,
    }


def _review(entry, people, published):
    answered = {"answered_at": published - datetime.timedelta(hours=3), "at_version": 1} if entry["outcome"] else {}
    return {
        "reviewer": people[entry["reviewer"]],
        "outcome": entry["outcome"],
        "comment": entry.get("comment", ""),
        "answers": {
            k: {True: "yes", False: "no"}.get(v, v) for k, v in entry.get("answers", {}).items()
        },  # YAML 1.1's yes
        "asked_at": published - datetime.timedelta(days=1),
        **answered,
    }


def _backdate(postmortems, made):
    """Written soon after the incident, not today."""
    for postmortem, parts in zip(postmortems, made, strict=True):
        starts = [row["at"] for row in parts.rows["milestone"] if row["type"] == "started"]
        if starts:
            written = starts[0] + datetime.timedelta(days=1)
            Postmortem.objects.filter(pk=postmortem.pk).update(created_at=written)
            Learning.objects.filter(postmortem=postmortem).update(created_at=written)
