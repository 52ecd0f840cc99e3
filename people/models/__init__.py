from people.models.absence import Absence
from people.models.attribute import Attribute, PersonAttribute
from people.models.import_run import ImportProblem, ImportRow, ImportRun
from people.models.openid_link import OpenIDLink
from people.models.person import Person
from people.models.signed_in_session import SignedInSession
from people.models.team import Team

__all__ = [
    "Absence",
    "Attribute",
    "ImportProblem",
    "ImportRow",
    "ImportRun",
    "OpenIDLink",
    "Person",
    "PersonAttribute",
    "SignedInSession",
    "Team",
]
