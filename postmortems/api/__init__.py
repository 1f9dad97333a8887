"""The API of what people write: the same doors and verbs as the pages. kb/api.py mounts `ROUTES`."""

from postmortems.api import catalog, numbered, parts, whole_views

ROUTES = [*whole_views.ROUTES, *parts.ROUTES, *numbered.ROUTES, *catalog.ROUTES]
