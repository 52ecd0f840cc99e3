from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from common.navigation import Group, NavEntry, holds, register_entry


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        # The models have to be there first.
        from common import checks, retaining, retention, retention_checks  # noqa: F401, PLC0415

        retention.register("progress", retaining.forget_progress)
        retention.register("audit", retaining.forget_audit)

        register_entry(
            NavEntry(
                Group.ADMINISTRATION,
                _("Audit log"),
                url_name="common:audit-list",
                icon="info",
                order=20,
                visible=holds("common.see_audit_log"),
            )
        )
        register_entry(
            NavEntry(
                Group.ADMINISTRATION,
                _("Settings"),
                url_name="common:settings",
                icon="sliders",
                order=90,
                visible=holds("common.see_settings"),
            )
        )
