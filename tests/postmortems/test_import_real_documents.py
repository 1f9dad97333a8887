"""The documents of others: all of them, without losing a line."""

import re
import time
from itertools import pairwise

import psutil
import pytest
import yaml

from kb.lib.markdown import CHILDREN
from postmortems.importing.reports.headings import kind_of
from postmortems.models import ImportSource, Postmortem, Section
from postmortems.models.catalog import slug_of
from tests.postmortems.importing import SHARED, import_, needs_shared_data, stored_text

ROWS_OF = {
    "timeline": "timelineentry_set",
    "action_items": "countermeasure_set",
    "contributing_factors": "contributingfactor_set",
    "went_well": "observation_set",
    "went_poorly": "observation_set",
    "lucky": "observation_set",
    "lessons": "observation_set",
}
pytestmark = [pytest.mark.django_db, needs_shared_data]


def sources():
    rows = ImportSource.objects.select_related("postmortem").prefetch_related(
        "postmortem__section_set", "postmortem__tags", "postmortem__services", "postmortem__milestone_set"
    )
    return {row.key: row.postmortem for row in rows}


def test_every_collected_report_comes_in_with_all_it_says():
    lines = import_(SHARED / "A-icco", publish=True)
    assert [line["outcome"] for line in lines] == ["created"] * 169
    for key, pm in sources().items():
        head, body = (SHARED / "A-icco" / key).read_text().split("---\n", 2)[1:]
        said = yaml.safe_load(head)
        assert pm.title == said["title"] if said.get("title") else said["company"].lower() in pm.title.lower()
        assert pm.source_url and said["url"].startswith(pm.source_url)
        slugs = {tag.slug for tag in pm.tags.all()}
        assert slugs == {slug_of(str(word)) for word in [*said["categories"], *(said.get("keywords") or [])]}
        assert said["company"].lower() in {service.name.lower() for service in pm.services.all()}
        times = {m.type: m.at for m in pm.milestone_set.all()}
        assert times.get("started") == (said.get("start_time") or None)
        assert times.get("recovered") == (said.get("end_time") or None)
        own = said.get("source_published_at") or said.get("end_time") or said.get("start_time")
        assert pm.status == "published" and pm.is_imported and (not own or pm.published_at == own)
        texts = {section.kind: section.text for section in pm.section_set.all()}
        assert texts.get("summary", "") == (said.get("summary") or "").strip()
        assert texts["narrative"].split("\n") == body.strip().split("\n")


def test_every_team_report_comes_in_without_losing_a_line():
    lines = import_(SHARED / "B-teams", publish=True)
    assert [line["outcome"] for line in lines] == ["created"] * 127
    for key, pm in sources().items():
        kept = {line.strip() for line in stored_text(pm).split("\n")}
        held = [words(text) for text in row_texts(pm)]
        text = (SHARED / "B-teams" / key).read_text(encoding="utf-8-sig")
        for line, after in pairwise([*lines_of(text), ""]):
            said = words(bare(line))
            in_row = any(said <= row for row in held)
            assert line in kept or in_row or is_field(line, pm) or is_label(line, after, pm), (key, line)


def words(text):
    return set(re.findall(r"[^\W_]+", text.lower()))


def bare(line):
    """Without the mark of a list or a heading."""
    return re.sub(r"^(?:#+|[-*+–]|\d+[.)])\s+(?:\[[ xX]\]\s+)?", "", line)


def row_texts(pm):
    """What each row says, with its time as typed, its owner, its day and its ticket."""
    entries = pm.timelineentry_set.all()
    yield from (f"{row.text} {row.typed}" for row in entries)
    for row in pm.countermeasure_set.all():
        due = f"{row.due_on} {row.due_on:%b %d %Y}" if row.due_on else ""
        yield f"{row.statement} {due} {row.ticket} {row.owner or ''}"
    yield from (row.statement for row in pm.contributingfactor_set.all())
    yield from (row.text for row in pm.observation_set.all())


def is_label(line, after, pm):
    """A heading that became the kind of a section or of rows, or the header of a table that became rows."""
    if re.fullmatch(r"[|:\s-]+", line) or re.fullmatch(r"[|:\s-]*-[|:\s-]*", after) and "|" in line:
        return pm.timelineentry_set.exists() or pm.countermeasure_set.exists()
    heading = bare(line).rstrip("# ")
    if not line.startswith("#") and not re.fullmatch(r"=+|-{3,}", after):
        return False
    kind = kind_of(heading)
    titles = {section.title for section in pm.section_set.all()} | {section.kind for section in pm.section_set.all()}
    return heading in titles or kind in titles or kind in ROWS_OF and getattr(pm, ROWS_OF[kind]).exists()


def lines_of(text):
    return [line.strip() for line in text.replace("\r\n", "\n").split("\n") if line.strip()]


def is_field(line, pm):
    """A line of front matter or a heading that became a field of the postmortem, or the rule around it."""
    if line in ("---", "+++") or set(line) == {"="}:
        return True
    name, _, value = line.partition(":")
    value = value.strip().strip("'\"")
    if name == "date":
        return pm.published_at.date().isoformat() == value[:10]
    if name in ("tags", "category"):
        words = {word.strip() for word in value.strip("[]").split(",")}
        return words <= {tag.name for tag in pm.tags.all()}
    if name == "description":
        return any(section.kind == "summary" and value in section.text for section in pm.section_set.all())
    return line.lstrip("# ") == pm.title or (name == "title" and value == pm.title)


def test_all_of_it_is_formatted():
    import_(SHARED / "A-icco", SHARED / "B-teams")
    assert not Section.objects.filter(text_html__contains="render-notice").exists()
    assert not Section.objects.exclude(text="").filter(text_html="").exists()


def test_at_least_sixty_documents_a_second():
    """Writing and rendering overlap on two cores; each for itself is quick enough, however busy the machine is."""
    import_(SHARED / "C-templates")
    writing, rendering = time.process_time(), rendering_seconds()
    count = len(import_(SHARED / "A-icco", SHARED / "B-teams", publish=True))
    assert count / (time.process_time() - writing) > 60
    assert count / (rendering_seconds() - rendering) > 60


def rendering_seconds():
    """The processor time that the renderers have used."""
    times = [psutil.Process(child.process.pid).cpu_times() for child in CHILDREN.idle]
    return sum(used.user + used.system for used in times)


def test_templates_come_in_without_events():
    assert all(line["outcome"] == "created" for line in import_(SHARED / "C-templates"))
    assert not Postmortem.objects.filter(milestone_set__isnull=False).exists()
