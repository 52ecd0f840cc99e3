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
        from people.domain.importing.belongings import Belonging, register_belonging  # noqa: PLC0415
        from people.domain.inviting import SET_PASSWORD  # noqa: PLC0415

        # The mail by which somebody would have set their first password goes with them.
        register_belonging(
            Belonging("notifications.Message", "person", lambda rows: rows.filter(kind=SET_PASSWORD))
        )

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
