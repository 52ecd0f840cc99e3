import logging

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from common import outbox
from common.navigation import Group, NavEntry, register_entry
from culture_portal import settings

logger = logging.getLogger("portal.settings")


class CulturePortalConfig(AppConfig):
    name = "culture_portal"
    verbose_name = "Culture Portal"

    def ready(self) -> None:
        # Tasks declared with shared_task bind to this app; the package stays importable without Celery.
        from culture_portal import account_mail, celery, personal_data  # noqa: F401, PLC0415
        from culture_portal.signing_in import mail  # noqa: PLC0415 - once the models are there

        personal_data.register_parts()
        account_mail.register_kinds()
        mail.register_kinds()
        outbox.carry_by(account_mail.carry)

        for line in settings.env.misspelt():
            logger.warning("%s", line)

        register_entry(NavEntry(Group.MY_WORK, _("My day"), url_name="home", icon="sun", order=0, tab=1))
