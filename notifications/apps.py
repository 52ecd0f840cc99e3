from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common import settings_area
from common.navigation import Group, NavEntry, holds, register_entry


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        # The checks register themselves; the models of every app are there only now.
        from common import day, erasing, retention  # noqa: PLC0415
        from notifications import checks, kinds  # noqa: F401, PLC0415
        from notifications.domain import downloading, forgetting, overseeing, wording  # noqa: PLC0415
        from people.domain.importing.belongings import Belonging, register_belonging  # noqa: PLC0415
        from people.domain.inviting import SET_PASSWORD  # noqa: PLC0415

        downloading.register_parts()
        erasing.register(forgetting.take_out)
        retention.register("messages", forgetting.forget_messages)
        retention.register("captured-mail", forgetting.forget_captured)
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
        kinds.register(
            kinds.Kind(
                name=wording.EXAMPLE,
                label=_("Test of a mail"),
                category="examples",
                render=wording.render_example,
                still_wanted=wording.example_still_wanted,
                urgent=True,
            )
        )
        settings_area.register(
            settings_area.Section(
                _("Mails"),
                _("What the portal writes to people, in your own words."),
                url_name="notifications:mail-text-list",
                icon="mail",
                visible=holds("notifications.word_mails"),
                order=30,
            )
        )
