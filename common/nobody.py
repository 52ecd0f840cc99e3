"""How somebody is shown whose name was taken out."""

from django.utils.translation import gettext, gettext_noop

# As stored, so that a query may read it; shown in the reader's language.
NAME = gettext_noop("Somebody who left")


def name_shown(name: str) -> str:
    return gettext(name) if name == NAME else name
