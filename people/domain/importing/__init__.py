"""People by CSV: read the file, plan against who is there, apply whole or not at all.

``read_people`` knows only the file, ``plan_import`` looks and writes nothing, ``apply_import`` writes.
"""

from people.domain.importing.applying import ImportRefused, ImportResult, apply_import
from people.domain.importing.planning import ImportPlan, plan_import
from people.domain.importing.reading import ParsedFile, read_people

__all__ = [
    "ImportPlan",
    "ImportRefused",
    "ImportResult",
    "ParsedFile",
    "apply_import",
    "plan_import",
    "read_people",
]
