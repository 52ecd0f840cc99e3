from people.models.absence import Absence
from people.models.attribute import Attribute, PersonAttribute
from people.models.import_run import ImportRun
from people.models.person import Person
from people.models.team import Team

__all__ = ["Absence", "Attribute", "ImportRun", "Person", "PersonAttribute", "Team"]
