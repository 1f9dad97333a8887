from django.apps import AppConfig


class DigestsConfig(AppConfig):
    name = "kb.digests"
    label = "digests"
