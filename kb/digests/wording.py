"""The subject and the one sentence of a digest. Pure; from what its reader may see now, never stored."""

from collections import Counter

SMALL = "no one two three four five six seven eight nine ten eleven twelve".split()


def count(number, one, many=""):
    """“1 learning”, “3 learnings”."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def spelled(number, one, many=""):
    """“one learning”, “three learnings”; figures from 13 on."""
    return f"{in_words(number)} {one if number == 1 else many or one + 's'}"


def joined(labels):
    """Like `listed`, without a second “and” beside one inside a label."""
    return ", ".join(labels) if any(" and " in label for label in labels) else listed(labels)


def in_words(number):
    """“one” to “twelve”, then figures."""
    return SMALL[number] if number < len(SMALL) else f"{number:,}"


def listed(words):
    """“a”, “a and b”, “a, b and c”."""
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def long_day(day):
    """`4 November 2025`."""
    return f"{day.day} {day:%B %Y}"


def topics(entries):
    """(labels, whether every entry has one of them): the one or two topics that most of the entries share.

    An entry's topics are its tags, or its services where it has no tag. Ties go to the first in the digest.
    """
    left, chosen = [entry.topics for entry in entries], []
    while left and len(chosen) < 2:
        ranked = Counter(topic for entry in left for topic in entry)
        if not ranked or (chosen and len(left) < len(entries) / 4):
            break
        best = max(ranked, key=ranked.get)
        chosen.append(best)
        left = [entry for entry in left if best not in entry]
    return chosen, not left


def headline_of(edition):
    """“3 learnings on failover and 1 countermeasure done”; with the week behind it, a subject."""
    parts = []
    if edition.learnings:
        labels, _ = topics(edition.learnings)
        about = f" on {joined(labels)}" if labels else ""
        parts.append(count(len(edition.learnings), "learning") + about)
    elif edition.published:
        parts.append(count(len(edition.published), "postmortem"))
    if edition.done:
        parts.append(count(len(edition.done), "countermeasure") + " done")
    new = [entry for entry in edition.overdue if entry.is_new]
    if new and len(parts) < 2:
        parts.append(count(len(new), "countermeasure") + " past due")
    if not parts and edition.restricted:
        parts.append(count(len(edition.restricted), "restricted item"))
    return listed(parts) or "Nothing left to read"


def sentence_of(edition):
    """What happened, in one breath: learnings and where they come from, then what became of countermeasures."""
    clauses = []
    if edition.learnings:
        labels, every = topics(edition.learnings)
        sources = len({entry.source.reference for entry in edition.learnings})
        about = f", {'' if every else 'mostly '}on {joined(labels)}" if labels else ""
        clauses.append(
            f"{spelled(len(edition.learnings), 'new learning')} from {spelled(sources, 'postmortem')}{about}"
        )
    if edition.published:
        more = "other " if edition.learnings else ""
        clauses.append(f"{spelled(len(edition.published), f'{more}postmortem')} to read")
    measures = []
    if edition.done:
        measures.append(
            f"{spelled(len(edition.done), 'countermeasure')} {'was' if len(edition.done) == 1 else 'were'} done"
        )
    if edition.overdue:
        what = in_words(len(edition.overdue)) if measures else spelled(len(edition.overdue), "countermeasure")
        measures.append(f"{what} {'is' if len(edition.overdue) == 1 else 'are'} past due")
    if measures:
        clauses.append(", ".join(measures))
    if not clauses:
        return "Nothing of this digest can be read any more."
    text = "; ".join(clauses)
    return text[0].upper() + text[1:] + "."
