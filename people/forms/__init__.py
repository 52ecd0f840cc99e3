from people.forms.accounts import AbsenceForm, AccountForm
from people.forms.attributes import AttributeForm, PersonAttributesForm
from people.forms.fields import PersonField, TeamField
from people.forms.imports import ApplyImportForm, UploadForm
from people.forms.organisation import FreeDaysForm, LogoForm, OrganisationFactsForm
from people.forms.people import CreatePersonForm, PersonForm, PersonSearchForm, RoleButtonForm
from people.forms.privacy import EraseForm
from people.forms.teams import TeamForm

__all__ = [
    "AbsenceForm",
    "AccountForm",
    "ApplyImportForm",
    "AttributeForm",
    "CreatePersonForm",
    "EraseForm",
    "FreeDaysForm",
    "LogoForm",
    "OrganisationFactsForm",
    "PersonAttributesForm",
    "PersonField",
    "PersonForm",
    "PersonSearchForm",
    "RoleButtonForm",
    "TeamField",
    "TeamForm",
    "UploadForm",
]
