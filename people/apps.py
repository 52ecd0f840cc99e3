from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from common import settings_area
from common.navigation import Group, NavEntry, holds, register_entry


class PeopleConfig(AppConfig):
    name = "people"

    def ready(self) -> None:
        # The models of every app are there only now.
        from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415

        from common import retention  # noqa: PLC0415
        from common.importing import kinds  # noqa: PLC0415
        from people.domain import downloading, erasing, keeping_sessions, retaining  # noqa: PLC0415
        from people.domain.importing_absences import ABSENCES  # noqa: PLC0415

        kinds.register(ABSENCES)

        # Django's own signal, because password, provider and mailed link have no other place in common.
        user_logged_in.connect(keeping_sessions.begin, dispatch_uid="people.keeping_sessions")

        erasing.register()
        downloading.register_parts()
        retention.register("after-leaving", erasing.erase_who_left)
        retention.register("absences", retaining.forget_absences)
        retention.register("imports", retaining.forget_imports)
        retention.register("sessions", retaining.forget_sessions)
        register_entry(
            NavEntry(
                Group.MY_WORK,
                _("People"),
                url_name="people:person-list",
                icon="people",
                order=80,
                covers=("people:team-",),
            )
        )
        register_entry(
            NavEntry(
                Group.HR,
                _("Import people"),
                url_name="people:import-create",
                icon="upload",
                order=80,
                visible=holds("people.import_people"),
                covers=("people:import-", "people:absence-import-"),
            )
        )
        register_entry(
            NavEntry(
                Group.HR,
                _("Who never signed in"),
                url_name="people:person-waiting",
                icon="key",
                order=81,
                visible=holds("people.edit_people"),
            )
        )
        settings_area.register(
            settings_area.Section(
                _("Attributes"),
                _("What else is kept of people, so that results can be broken down by it."),
                url_name="people:attribute-list",
                icon="people",
                visible=holds("people.edit_people"),
                order=60,
            )
        )
        settings_area.register(
            settings_area.Section(
                _("Organisation"),
                _("Name and logo, language, country, working hours, and the smallest group shown."),
                url_name="people:organisation",
                icon="sun",
                visible=holds("people.edit_organisation"),
                order=10,
            )
        )
        settings_area.register(
            settings_area.Section(
                _("Roles"),
                _("Who is HR and who is an administrator, and what each may do."),
                url_name="people:role-list",
                icon="key",
                visible=holds("people.give_roles"),
                order=40,
            )
        )
