"""The diary: what was planned, taken and felt, kept for its owner and read with its history.

    store = Store.open()                    # a file in the user's data folder, or a PostgreSQL URL
    diary = store.diary()                   # every row read or written belongs to one owner
    entry = diary.add(Taken("citalopram", 20.0), Moment.now())
    diary.correct(entry.id, Taken("citalopram", 10.0), reason="half a tablet")
    diary.entries(kinds=["dose taken"])     # the latest version of each
    diary.history(entry.id)                 # all of them

An entry that was acknowledged is on the disk. Nothing is altered or removed: a correction is a
new row that names the one it replaces. Stands above `taper`; SQLAlchemy, Alembic and cryptography
(the extra `diary`) are imported when a store is opened. Names are imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from occupancy.diary.archive import Imported, export_archive, import_archive
    from occupancy.diary.content import (
        KINDS,
        Answers,
        Content,
        Missed,
        Mood,
        Note,
        Sleep,
        Taken,
        content_of,
    )
    from occupancy.diary.diary import Diary
    from occupancy.diary.entry import Entry, Owner, PlanVersion
    from occupancy.diary.error import (
        AlreadyCorrectedError,
        ArchiveError,
        DiaryError,
        EntryError,
        NoSuchEntryError,
        PassphraseError,
        StoreError,
    )
    from occupancy.diary.moment import Moment, local_zone
    from occupancy.diary.plan import PlannedDose, planned_doses, planned_on
    from occupancy.diary.questionnaires import Scale, scale, scales
    from occupancy.diary.store import LOCAL_OWNER, Store

#: Public names and the files that hold them.
_HOMES: Final = {
    "AlreadyCorrectedError": "error",
    "Answers": "content",
    "ArchiveError": "error",
    "Content": "content",
    "Diary": "diary",
    "DiaryError": "error",
    "Entry": "entry",
    "EntryError": "error",
    "Imported": "archive",
    "KINDS": "content",
    "LOCAL_OWNER": "store",
    "Missed": "content",
    "Moment": "moment",
    "Mood": "content",
    "NoSuchEntryError": "error",
    "Note": "content",
    "Owner": "entry",
    "PassphraseError": "error",
    "PlanVersion": "entry",
    "PlannedDose": "plan",
    "Scale": "questionnaires",
    "Sleep": "content",
    "Store": "store",
    "StoreError": "error",
    "Taken": "content",
    "content_of": "content",
    "export_archive": "archive",
    "import_archive": "archive",
    "local_zone": "moment",
    "planned_doses": "plan",
    "planned_on": "plan",
    "scale": "questionnaires",
    "scales": "questionnaires",
}

__all__ = [
    "KINDS",
    "LOCAL_OWNER",
    "AlreadyCorrectedError",
    "Answers",
    "ArchiveError",
    "Content",
    "Diary",
    "DiaryError",
    "Entry",
    "EntryError",
    "Imported",
    "Missed",
    "Moment",
    "Mood",
    "NoSuchEntryError",
    "Note",
    "Owner",
    "PassphraseError",
    "PlanVersion",
    "PlannedDose",
    "Scale",
    "Sleep",
    "Store",
    "StoreError",
    "Taken",
    "content_of",
    "export_archive",
    "import_archive",
    "local_zone",
    "planned_doses",
    "planned_on",
    "scale",
    "scales",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'occupancy.diary' has no attribute {name!r}")
    try:
        value = getattr(import_module(f"occupancy.diary.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in ("sqlalchemy", "alembic", "cryptography", "psycopg"):
            raise
        from occupancy.diary.error import NoDiaryLibraryError

        raise NoDiaryLibraryError(
            f"the diary needs the {missing} library: pip install 'occupancy[diary]'."
        ) from error
    globals()[name] = value  # a submodule of the same name must not stand in its place
    return value
