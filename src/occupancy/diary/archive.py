"""Everything of a diary as one file: JSON for programs, CSV for people, in a zip.

The JSON holds every version of every entry and plan; what is read from it equals what was
written. The same diary gives the same bytes. Under a passphrase the whole zip is sealed.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from occupancy.diary.archive_lines import (
    document_of,
    read_document,
)
from occupancy.diary.archive_tables import entries_csv, plans_csv
from occupancy.diary.conversion import entry_of, entry_row, plan_of, plan_row
from occupancy.diary.database import for_writing, name_of
from occupancy.diary.diary import Diary
from occupancy.diary.error import ArchiveError, PassphraseError
from occupancy.diary.ownership import OwnedSession
from occupancy.diary.rows import EntryRow, PlanRow
from occupancy.diary.sealing import seal, sealed, unseal
from occupancy.diary.trouble import in_words

#: Name of the part that is read back; the others are for people.
JSON_NAME: Final = "diary.json"
#: Largest archive that is read, unpacked: some hundred thousand entries.
MOST_BYTES: Final = 256 * 1024 * 1024
_README: Final = """\
A diary kept with occupancy.

diary.json   everything, every version of every entry and plan; `occupancy diary import` reads it
entries.csv  the entries as a table, corrections included
plans.csv    the planned doses of every version of every plan
"""
#: The time that a zip writes beside each part: the earliest that it can.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Imported:
    """What an import added, and how much of it was there already."""

    entries: int
    plans: int
    already_there: int


def export_archive(diary: Diary, passphrase: str | None = None) -> bytes:
    """The diary as a zip; under a passphrase, a sealed file.

    Raises:
        PassphraseError: a passphrase that is too short.
        StoreError: the database cannot be read.
    """
    document = document_of(diary)
    parts = {
        "README.txt": _README,
        JSON_NAME: json.dumps(document, default=vars, ensure_ascii=False, indent=1) + "\n",
        "entries.csv": entries_csv(document),
        "plans.csv": plans_csv(document),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _NO_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            file.writestr(info, content.encode("utf-8"))
    data = out.getvalue()
    return data if passphrase is None else seal(data, passphrase)


def import_archive(diary: Diary, data: bytes, passphrase: str | None = None) -> Imported:
    """Add what an archive holds to a diary, all of it or nothing.

    What is there already stays; an id that holds something else refuses the whole archive.

    Args:
        diary: where to.
        data: of `export_archive`, or the text of its `diary.json`.
        passphrase: for a sealed file.

    Raises:
        PassphraseError: none was given for a sealed file, or another one.
        ArchiveError: no archive, a damaged one, or one that contradicts this diary.
        StoreError: it was not written; the message says why.
    """
    entries, plans = read_document(_values(data, passphrase))
    owner, engine = diary.owner.owner, for_writing(diary.engine)
    with in_words(name_of(diary.engine)), OwnedSession(engine, owner) as session:
        old_entries = {row.id: entry_of(row) for row in session.scalars(select(EntryRow))}
        old_plans = {
            (row.plan_id, row.revision): plan_of(row) for row in session.scalars(select(PlanRow))
        }
        for one in entries:
            if old_entries.get(one.id, one) != one:
                raise _contradiction("entry", one.id)
        for one in plans:
            if old_plans.get((one.plan_id, one.revision), one) != one:
                raise _contradiction("plan", one.plan_id)
        replaced = {one.replaces: one.id for one in old_entries.values() if one.replaces}
        for one in entries:
            if one.replaces and replaced.get(one.replaces, one.id) != one.id:
                raise ArchiveError(
                    f"the archive and this diary both correct entry {one.replaces}, each in its "
                    "own way; import it into an empty diary."
                )
        new_entries = [one for one in entries if one.id not in old_entries]
        new_plans = [one for one in plans if (one.plan_id, one.revision) not in old_plans]
        # First versions first: a correction names a row that has to be there.
        for one in sorted(new_entries, key=lambda one: one.version):
            session.add(entry_row(owner, one))
            session.flush()
        session.add_all(plan_row(owner, one) for one in new_plans)
        session.commit()
    there = len(entries) + len(plans) - len(new_entries) - len(new_plans)
    return Imported(len(new_entries), len(new_plans), there)


def _contradiction(what: str, name: str) -> ArchiveError:
    return ArchiveError(
        f"{what} {name} of the archive says something else than the one of this diary; nothing "
        "was imported. Import it into an empty diary."
    )


def _values(data: bytes, passphrase: str | None) -> Any:
    if sealed(data):
        if passphrase is None:
            raise PassphraseError("the archive is encrypted; give its passphrase.")
        data = unseal(data, passphrase)
    text = data if data.lstrip()[:1] == b"{" else unpacked(data, JSON_NAME)
    try:
        return json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"{JSON_NAME} of the archive cannot be read ({error}).") from None


def unpacked(data: bytes, name: str) -> bytes:
    """A part of a zip.

    Raises:
        ArchiveError: no zip, a part that is missing, damaged or too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file, file.open(name) as part:
            content = part.read(MOST_BYTES + 1)
    except KeyError:
        raise ArchiveError(f"the archive has no {name}; was it made by occupancy?") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError):
        raise ArchiveError("this is no archive of a diary, or it is damaged.") from None
    if len(content) > MOST_BYTES:
        raise ArchiveError(f"{name} is larger than {MOST_BYTES // 2**20} MiB; that is no diary.")
    return content
