"""People by file: read it, plan against who is there, apply whole or not at all, take it back.

``read_people`` knows only the file, ``plan_import`` looks and writes nothing, ``running`` keeps what was
found as rows and applies it, ``undoing`` takes it back.
"""

from people.domain.importing.applying import ImportResult
from people.domain.importing.planning import ImportPlan, plan_import
from people.domain.importing.reading import ParsedFile, people_fields, read_people

__all__ = [
    "ImportPlan",
    "ImportResult",
    "ParsedFile",
    "people_fields",
    "plan_import",
    "read_people",
]
