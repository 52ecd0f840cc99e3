from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from common import outbox
from common.navigation import Group, NavEntry, register_entry


class CulturePortalConfig(AppConfig):
    name = "culture_portal"
    verbose_name = "Culture Portal"

    def ready(self) -> None:
        # Tasks declared with shared_task bind to this app; the package stays importable without Celery.
        from culture_portal import account_mail, celery  # noqa: F401, PLC0415

        account_mail.register_kinds()
        outbox.carry_by(account_mail.carry)

        register_entry(NavEntry(Group.MY_WORK, _("My day"), url_name="home", icon="sun", order=0, tab=1))
