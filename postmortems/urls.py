"""Addresses of what people write and read. One word, five files: name, view, template, method, test."""

from django.urls import path, re_path

from postmortems.views import attachments, catalog, exporting, home, lists, reading
from postmortems.writing_urls import urlpatterns as writing

urlpatterns = [
    *writing,
    path("", home.home, name="home"),
    re_path(r"^(?P<reference>(?:PM|L|CM)-[1-9]\d{0,8})/?$", reading.short_address, name="short_address"),
    re_path(r"^(?P<reference>PM-[1-9]\d{0,8})\.md$", exporting.markdown, name="short_markdown"),
    path("postmortems/<str:reference>.md", exporting.markdown, name="markdown"),
    path("postmortems/<str:reference>.json", exporting.json, name="json"),
    path("postmortems/", lists.postmortems, name="postmortems"),
    path("postmortems/<str:reference>/", reading.postmortem, name="postmortem"),
    path("postmortems/<str:reference>/seen-before/", reading.seen_before, name="seen_before"),
    path("learnings/", lists.learnings, name="learnings"),
    path("learnings/<str:reference>/", reading.learning, name="learning"),
    path("countermeasures/", lists.countermeasures, name="countermeasures"),
    path("countermeasures/<str:reference>/", reading.countermeasure, name="countermeasure"),
    path("attachments/<str:uid>/", attachments.attachment, name="attachment"),
    path("services/", catalog.services, name="services"),
    path("services/<str:slug>/", catalog.service, name="service"),
    path("tags/<str:slug>/", catalog.tag, name="tag"),
    path("teams/<str:slug>/", catalog.team, name="team"),
    path("themes/<str:slug>/", catalog.theme, name="theme"),
]
