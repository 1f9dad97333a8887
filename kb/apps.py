from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "kb"
    label = "kb"

    def ready(self):
        from kb import celery, checks  # noqa: F401 - shared tasks find the app; the checks register themselves
