"""The API of what people write: the same doors and verbs as the pages. kb/api.py mounts `ROUTES`."""

from postmortems.api import attachments, catalog, numbered, parts, whole_views

ROUTES = [*whole_views.ROUTES, *parts.ROUTES, *attachments.ROUTES, *numbered.ROUTES, *catalog.ROUTES]
