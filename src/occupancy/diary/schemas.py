"""The documents of the diary by name."""

from occupancy.course.answer import Document
from occupancy.diary.documents import DiaryDocument, EntriesDocument, TeamDocument, TransferDocument
from occupancy.diary.report_lines import ReportDocument

SCHEMAS: dict[str, type[Document]] = {
    "diary": DiaryDocument,
    "diary-entries": EntriesDocument,
    "diary-transfer": TransferDocument,
    "report": ReportDocument,
    "team": TeamDocument,
}
