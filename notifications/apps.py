from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.navigation import Group, NavEntry, holds, register_entry


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        from common import day  # noqa: PLC0415
        from notifications import checks  # noqa: F401, PLC0415 - registers the system checks
        from notifications.domain import overseeing  # noqa: PLC0415 - once the models are there

        register_entry(
            NavEntry(
                Group.ADMINISTRATION,
                _("Mail"),
                url_name="notifications:outbox",
                icon="mail",
                order=10,
                visible=holds("notifications.see_outbox"),
            )
        )
        day.register(overseeing.waiting_for_confirmation)
        if settings.EMAIL_CAPTURED:
            register_entry(
                NavEntry(
                    Group.TRIAL,
                    _("Captured mail"),
                    url_name="notifications:captured-list",
                    icon="mail",
                    covers=("notifications:captured-",),
                )
            )
