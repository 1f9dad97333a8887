from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "kb.events"
    label = "events"
