"""What every storey may write: progress of long work, the audit log, and facts about the organisation."""

from common.models.audit import AppendOnly, AuditEntry
from common.models.column_mapping import ColumnMapping
from common.models.import_file import ImportFile
from common.models.organisation import Organisation
from common.models.progress import Progress
from common.models.tally import Tally

__all__ = ["AppendOnly", "AuditEntry", "ColumnMapping", "ImportFile", "Organisation", "Progress", "Tally"]
