"""Behaviours, values, external organisations and their contacts."""

from __future__ import annotations

from tests.authz.table.lines import (
    EASY_FORM,
    FORM,
    HR_PEOPLE,
    PAGE,
    POST,
    POST_FORM,
    Line,
    Seen,
    everybody,
    only,
)

CUSTOMERS: list[Line] = [
    everybody("customers:behaviour-list", PAGE),
    only(HR_PEOPLE, "customers:behaviour-create", FORM),
    only(HR_PEOPLE, "customers:behaviour-edit", FORM, pk="behaviour"),
    only(HR_PEOPLE, "customers:value-create", FORM),
    only(HR_PEOPLE, "customers:value-edit", FORM, pk="value"),
    only(HR_PEOPLE, "customers:principle-move", POST, kind="behaviours", pk="behaviour", direction="down"),
    only(HR_PEOPLE, "customers:principle-archive", EASY_FORM, kind="behaviours", pk="behaviour"),
    only(HR_PEOPLE, "customers:principle-bring-back", POST, kind="values", pk="value_put_away"),
    only(HR_PEOPLE, "customers:contact-list", PAGE),
    only(HR_PEOPLE, "customers:contact-create", FORM),
    only(HR_PEOPLE, "customers:contact-edit", FORM, pk="contact"),
    only(HR_PEOPLE, "customers:contact-data", POST, pk="contact"),
    only(HR_PEOPLE, "customers:contact-erase", FORM, pk="contact"),
    only(HR_PEOPLE, "customers:contact-import-create", FORM),
    only(HR_PEOPLE, "customers:contact-import-template", PAGE),
    only(HR_PEOPLE, "customers:contact-import-detail", PAGE, pk="contact_import"),
    only(HR_PEOPLE, "customers:contact-import-columns", FORM, pk="contact_import"),
    only(HR_PEOPLE, "customers:contact-import-reading", POST_FORM, pk="contact_import"),
    only(HR_PEOPLE, "customers:contact-import-apply", POST, pk="contact_import"),
    only(HR_PEOPLE, "customers:contact-import-discard", POST, missing=Seen.OK, pk="contact_import"),
    only(HR_PEOPLE, "customers:contact-import-problems", PAGE, pk="contact_import"),
    only(HR_PEOPLE, "customers:organisation-list", PAGE),
    only(HR_PEOPLE, "customers:organisation-create", FORM),
    only(HR_PEOPLE, "customers:organisation-edit", FORM, pk="organisation"),
]
