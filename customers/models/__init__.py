from customers.models.behaviour import Behaviour, Value
from customers.models.external import Contact, ExternalOrganisation

__all__ = ["Behaviour", "Contact", "ExternalOrganisation", "Value"]
