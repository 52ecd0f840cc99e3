from django.apps import AppConfig


class CulturePortalConfig(AppConfig):
    name = "culture_portal"
    verbose_name = "Culture Portal"

    def ready(self) -> None:
        # Tasks declared with shared_task bind to this app; the package itself stays importable without Celery.
        from culture_portal import celery  # noqa: F401, PLC0415
