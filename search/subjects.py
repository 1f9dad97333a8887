"""What search asks of the rest of the house, by dotted paths in settings; it knows no model.

settings.SEARCH_SUBJECTS names a module with

    load(groups)              → Documents of these groups; those that are gone yield nothing
    groups()                  → uids of all groups that belong into the index
    visible(user, keys)       → the keys, pairs (kind, id), that `user` may see now
    versions()                → {key: version} of everything that belongs into the index
    passages(user, keys)      → {key: Document} of the keys that `user` may see now
    sheets(user, keys)        → {key: Sheet} of the same, as hits show them
    keep(groups, documents)   keeps the sheets of these documents, all that the groups have
    unkept()                  → uids of groups whose sheets are not kept
    facet_labels(values)      → {field: {value: what people call it}} for {field: values}
    moved(user, filters)      → {(field, old value): present value} of those that were renamed

each with a constant number of queries per call (`load`: per 200 groups). settings.SEARCH_PENDING
names a function: consumer → subjects like "postmortem:<uid>" that changed and are not indexed yet;
settings.SEARCH_ALL_DONE one whose context, left without an error, makes done what was pending when it began.
"""

from importlib import import_module

from django.conf import settings
from django.core.checks import Error, register
from django.utils.module_loading import import_string

CONSUMER = "index"
NAMES = (
    "load", "groups", "visible", "versions", "passages", "sheets", "keep", "unkept", "facet_labels", "moved",
)  # fmt: skip


def subjects():
    """The module that knows the records."""
    return import_module(settings.SEARCH_SUBJECTS)


def changed_groups() -> frozenset[str]:
    """Groups that changed and that the index may still show as they were. One query."""
    return frozenset(map(group_of, import_string(settings.SEARCH_PENDING)(CONSUMER)))


def all_done():
    """`with all_done():` around a rebuild: what was pending before it is in the index after it."""
    return import_string(settings.SEARCH_ALL_DONE)(CONSUMER)


def group_of(subject: str) -> str:
    """The uid in a subject: "postmortem:k3x…" → "k3x…"."""
    return subject.rpartition(":")[2]


@register
def seams_fit(app_configs, **kwargs):
    """At start-up: the module and the function are there and have what is asked of them."""
    try:
        missing = [name for name in NAMES if not callable(getattr(subjects(), name, None))]
        import_string(settings.SEARCH_PENDING)
        import_string(settings.SEARCH_ALL_DONE)
    except ImportError as error:
        return [Error(f"Search cannot reach what it searches: {error}", id="search.E001")]
    if missing:
        return [Error(f"{settings.SEARCH_SUBJECTS} lacks {', '.join(missing)}.", id="search.E002")]
    return []
