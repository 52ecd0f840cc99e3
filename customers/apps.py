from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from common import settings_area
from common.navigation import Group, NavEntry, holds, register_entry


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        # The models of every app are there only now.
        from common import retention  # noqa: PLC0415
        from common.importing import kinds  # noqa: PLC0415
        from customers.domain import addresses, downloading, erasing  # noqa: PLC0415
        from customers.domain.importing import CONTACTS  # noqa: PLC0415
        from customers.models import Contact  # noqa: PLC0415
        from notifications.domain import refusing  # noqa: PLC0415

        kinds.register(CONTACTS)
        erasing.register()
        downloading.register_parts()
        refusing.register(refusing.Book(rows=Contact.objects.active, find=addresses.contacts_with))
        retention.register("contact-after", erasing.erase_who_left)
        register_entry(
            NavEntry(
                Group.MY_WORK,
                _("Behaviours"),
                url_name="customers:behaviour-list",
                icon="info",
                order=70,
                covers=("customers:behaviour-", "customers:value-", "customers:principle-"),
            )
        )
        register_entry(
            NavEntry(
                Group.HR,
                _("Customers outside"),
                url_name="customers:contact-list",
                icon="tie",
                order=70,
                visible=holds("customers.edit_external"),
                covers=("customers:contact-", "customers:organisation-"),
            )
        )
        settings_area.register(
            settings_area.Section(
                _("Behaviours and values"),
                _("What you ask of yourselves when somebody relies on you, in your own words."),
                url_name="customers:behaviour-list",
                icon="check",
                visible=holds("customers.edit_principles"),
                order=20,
            )
        )
