from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from common.navigation import Group, NavEntry, holds, register_entry


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        register_entry(
            NavEntry(
                Group.MY_WORK,
                _("Behaviours"),
                url_name="customers:behaviour-list",
                icon="info",
                order=70,
                covers=("customers:behaviour-", "customers:value-"),
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
