"""An invented organization of any size: always the same postmortems for the same seed.

Each has 6 sections of 3 kB in all, 30 timeline entries, 6 factors, 8 countermeasures and 3 learnings. Words follow
Zipf's law over a vocabulary of 6,000, with the operational words that real reports share.
"""

import datetime
import itertools
import random

OPERATIONAL = (
    "database connection timeout deploy rollback alert latency queue worker cache retry certificate disk memory pool "
    "migration replica failover region traffic gateway proxy config flag release canary pipeline cluster node pod "
    "kernel packet router dns tls token quota limit throttle backlog consumer producer topic partition index lock "
    "transaction checkpoint snapshot backup restore dashboard pager runbook customer checkout invoice session login"
).split()
SYLLABLES = ["ka", "ri", "mo", "ten", "sal", "ve", "lu", "dor", "pha", "net", "qui", "bra", "sto", "ming", "er", "al"]
SECTIONS = ["summary", "background", "impact", "detection", "narrative", "resolution"]
SERVICES, TEAMS, TAGS, THEMES = 120, 24, 80, 40


class Words:
    def __init__(self, dice):
        made = ["".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))) for _ in range(6000)]
        self.vocabulary = [word for pair in zip(OPERATIONAL * 3, made, strict=False) for word in pair] + made
        weights = [1 / (rank + 10) for rank in range(len(self.vocabulary))]
        self.cumulative = list(itertools.accumulate(weights))
        self.dice = dice

    def some(self, count):
        return self.dice.choices(self.vocabulary, cum_weights=self.cumulative, k=count)

    def sentence(self, count):
        return " ".join(self.some(count)).capitalize() + "."

    def paragraph(self, characters):
        text = ""
        while len(text) < characters:
            text += self.sentence(self.dice.randint(8, 18)) + " "
        return text.strip()


def populate(count, people=50, seed=7, say=lambda line: None):
    """Make `count` published postmortems (one in fifty restricted, one in fifty a draft) and `people` readers."""
    from kb.accounts.models import Membership, Team, User
    from postmortems.importing.build import build
    from postmortems.models import Service, Severity, Tag, Theme

    dice = random.Random(seed)
    words = Words(dice)
    teams = [Team.objects.get_or_create(name=f"Team {n}", slug=f"team-{n}")[0] for n in range(TEAMS)]
    users = [
        User.objects.create(username=f"person{n}", name=f"Person {n}", email=f"person{n}@example.org")
        for n in range(people)
    ]
    for user in users:
        Membership.objects.create(user=user, team=dice.choice(teams))
    found = {
        "teams": teams,
        "users": users,
        "severities": list(Severity.objects.all()),
        "services": Service.objects.many_named([f"service-{n}" for n in range(SERVICES)]),
        "tags": Tag.objects.many_named([f"tag-{n}" for n in range(TAGS)]),
        "themes": Theme.objects.many_named([f"theme-{n}" for n in range(THEMES)]),
    }
    for start in range(0, count, 100):
        batch = [postmortem(words, found, n) for n in range(start, min(start + 100, count))]
        build(batch, users[0], check=False, announce=False)
        say(f"{min(start + 100, count)} of {count}")
    return users


def postmortem(words, found, number):
    from postmortems.importing.build import Parts

    began = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC) - datetime.timedelta(hours=number % 20000)
    return Parts(head=_head(words, found, number, began), rows=_rows(words, found, began))


def _head(words, found, number, began):
    dice = words.dice
    pick = lambda name, most: dice.sample(found[name], dice.randint(1, most))  # noqa: E731
    drafting, restricted = number % 50 == 49, number % 50 == 48
    return {
        "title": " ".join(words.some(7)).capitalize(),
        "takeaway": words.sentence(18),
        "zone": "Europe/Berlin",
        "status": "draft" if drafting else "published",
        "visibility": "restricted" if restricted else "organization",
        "published_at": None if drafting else began + datetime.timedelta(days=3),
        "visible_since": None if drafting or restricted else began + datetime.timedelta(days=3),
        "owner": dice.choice(found["users"]),
        "severity": dice.choice(found["severities"]),
        "trigger": dice.choice(["binary_push", "configuration_push", "capacity", "hardware"]),
        "services": pick("services", 3),
        "teams": pick("teams", 1),
        "tags": pick("tags", 4),
    }


def _rows(words, found, began):
    dice = words.dice
    return {
        "section": [{"kind": kind, "text": _prose(words)} for kind in SECTIONS],
        "milestone": [
            {"type": type_, "at": began + datetime.timedelta(minutes=m), "zone": "Europe/Berlin"}
            for type_, m in [("started", 0), ("detected", 6), ("engaged", 14), ("mitigated", 55), ("recovered", 80)]
        ],
        "entry": [
            {
                "at": began + datetime.timedelta(minutes=3 * n),
                "zone": "Europe/Berlin",
                "text": words.paragraph(90),
                "kind": dice.choice(["symptom", "observation", "action", "decision"]),
            }
            for n in range(30)
        ],
        "factor": [
            {
                "key": f"f{n}",
                "statement": words.paragraph(120),
                "theme": dice.choice(found["themes"]),
                "role": dice.choice(["triggered", "enabled", "made_worse"]),
            }
            for n in range(6)
        ],
        "learning": [
            {
                "claim": words.sentence(14),
                "why_it_matters": words.paragraph(150),
                "what_to_do_differently": words.paragraph(150),
            }
            for _ in range(3)
        ],
        "countermeasure": [
            {
                "statement": words.paragraph(100),
                "addresses": [f"f{n % 6}"],
                "owner": dice.choice(found["users"]),
                "status": dice.choice(["proposed", "accepted", "done"]),
                "due_on": began.date(),
            }
            for n in range(8)
        ],
    }


def _prose(words):
    """About 500 characters of Markdown with an emphasis, a list and a code span."""
    one, two, three = words.some(3)
    return f"{words.paragraph(220)} **{one}** and `{two}_{three}`.\n\n- {words.paragraph(90)}\n- {words.paragraph(90)}"
