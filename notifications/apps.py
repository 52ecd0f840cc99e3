from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common import settings_area
from common.navigation import Group, NavEntry, holds, register_entry


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        # The checks register themselves; the models of every app are there only now.
        from common import day, erasing, moving, retention  # noqa: PLC0415
        from notifications import categories, checks, kinds  # noqa: F401, PLC0415
        from notifications.domain import (  # noqa: PLC0415
            digesting,
            downloading,
            forgetting,
            opting_out,
            overseeing,
            refusing,
            wording,
        )
        from people.domain.importing.belongings import Belonging, register_belonging  # noqa: PLC0415
        from people.domain.inviting import SET_PASSWORD  # noqa: PLC0415
        from people.models import Person  # noqa: PLC0415

        categories.register_own()
        digesting.register_kind()
        downloading.register_parts()
        erasing.register(forgetting.take_out)
        moving.register(opting_out.take_along)
        retention.register("messages", forgetting.forget_messages)
        retention.register("slots", forgetting.forget_slots)
        retention.register("spacing", forgetting.forget_spacing)
        retention.register("notices", forgetting.forget_notices)
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
                covers=("notifications:outbox", "notifications:restore-confirm"),
            )
        )
        register_entry(
            NavEntry(
                Group.HR,
                _("Addresses that do not work"),
                url_name="notifications:refused-list",
                icon="mail",
                order=80,
                # Administrators come here from the page about mail.
                visible=lambda person: person.is_hr,
            )
        )
        day.register(overseeing.waiting_for_confirmation)
        day.register(refusing.waiting_to_be_corrected)
        refusing.register(refusing.Book(rows=Person.objects.active, find=refusing.people_with))
        kinds.register_category(
            kinds.Category(
                refusing.CATEGORY,
                _("Running the portal"),
                _("For HR: addresses that do not work. One mail a day at most."),
                concerns=lambda person: person.is_hr,
            )
        )
        kinds.register(
            kinds.Kind(
                name=refusing.KIND,
                label=_("Addresses that do not work"),
                category=refusing.CATEGORY,
                render=refusing.render,
                still_wanted=refusing.still_wanted,
                notices=refusing.notices,
                unsubscribable=True,
            )
        )
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
                category=categories.ACCOUNT,
                render=wording.render_example,
                still_wanted=wording.example_still_wanted,
                priority=kinds.Priority.URGENT,
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
