from django.urls import path, register_converter
from django.urls.converters import StringConverter

from common import converters  # noqa: F401 - knows up and down
from customers.models import Behaviour, Value
from customers.views import external, importing, principles, privacy


class PrincipleConverter(StringConverter):
    """The model a word of the address stands for."""

    models = {model.kind: model for model in (Behaviour, Value)}
    regex = "|".join(models)

    def to_python(self, value: str) -> type[Behaviour | Value]:  # type: ignore[override]
        return self.models[value]


register_converter(PrincipleConverter, "principles")

app_name = "customers"
urlpatterns = [
    path("behaviours/", principles.behaviour_list, name="behaviour-list"),
    path("behaviours/add/", principles.behaviour_create, name="behaviour-create"),
    path("behaviours/<int:pk>/edit/", principles.behaviour_edit, name="behaviour-edit"),
    path("values/add/", principles.value_create, name="value-create"),
    path("values/<int:pk>/edit/", principles.value_edit, name="value-edit"),
    path(
        "<principles:kind>/<int:pk>/<direction:direction>/", principles.principle_move, name="principle-move"
    ),
    path("<principles:kind>/<int:pk>/archive/", principles.principle_archive, name="principle-archive"),
    path(
        "<principles:kind>/<int:pk>/bring-back/", principles.principle_bring_back, name="principle-bring-back"
    ),
    path("contacts/", external.contact_list, name="contact-list"),
    path("contacts/add/", external.contact_create, name="contact-create"),
    path("contacts/<int:pk>/edit/", external.contact_edit, name="contact-edit"),
    path("contacts/<int:pk>/data/", privacy.contact_data, name="contact-data"),
    path("contacts/<int:pk>/erase/", privacy.contact_erase, name="contact-erase"),
    path("contacts/import/", importing.contact_import_create, name="contact-import-create"),
    path("contacts/import/template.csv", importing.contact_import_template, name="contact-import-template"),
    path("contacts/import/<int:pk>/", importing.contact_import_detail, name="contact-import-detail"),
    path(
        "contacts/import/<int:pk>/columns/", importing.contact_import_columns, name="contact-import-columns"
    ),
    path(
        "contacts/import/<int:pk>/reading/", importing.contact_import_reading, name="contact-import-reading"
    ),
    path("contacts/import/<int:pk>/apply/", importing.contact_import_apply, name="contact-import-apply"),
    path(
        "contacts/import/<int:pk>/discard/", importing.contact_import_discard, name="contact-import-discard"
    ),
    path(
        "contacts/import/<int:pk>/problems.csv",
        importing.contact_import_problems,
        name="contact-import-problems",
    ),
    path("organisations/", external.organisation_list, name="organisation-list"),
    path("organisations/add/", external.organisation_create, name="organisation-create"),
    path("organisations/<int:pk>/edit/", external.organisation_edit, name="organisation-edit"),
]
