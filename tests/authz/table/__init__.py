"""Who may open what: one line for each address, or one for each thing whose visibility differs.

    everybody("people:person-detail", pk="person:manager")
    only(HR_PEOPLE, "surveys:wave-launch", POST, pk="draft_wave")

A keyword names what stands in the address, its value a name of the world. Strangers (nobody signed in, the
deactivated, respondents) are sent to sign in, except where a line says ``public``. Every line is also tried
with things that do not exist; see ``test_every_url``.
"""

from __future__ import annotations

from tests.authz.table.customers import CUSTOMERS
from tests.authz.table.lines import BUILDERS_OF_TEAM, FORM, HR_PEOPLE, METHODS, PAGE, Line, Seen, built, only
from tests.authz.table.notifications import CAPTURED, NOTIFICATIONS
from tests.authz.table.people import PEOPLE_PAGES
from tests.authz.table.portal import PORTAL, SHARED
from tests.authz.table.surveys import ANSWERING, BUILDING, FOLLOWING_UP, RESULTS, WAVES
from tests.authz.table.varieties import VARIETIES

__all__ = [
    "BUILDERS_OF_TEAM",
    "FORM",
    "HR_PEOPLE",
    "METHODS",
    "PAGE",
    "TABLE",
    "VARIETIES",
    "Line",
    "Seen",
    "built",
    "only",
]

# Not addresses of the resolver: static files, which WhiteNoise serves to everybody before any view is asked.
TABLE: list[Line] = [
    *PORTAL,
    *PEOPLE_PAGES,
    *NOTIFICATIONS,
    *ANSWERING,
    *SHARED,
    *CUSTOMERS,
    *FOLLOWING_UP,
    *BUILDING,
    *WAVES,
    *RESULTS,
    *CAPTURED,
]
