"""What can go wrong in the diary, each with one line that a person can act on."""

from __future__ import annotations


class DiaryError(ValueError):
    """Anything the diary refuses; the message says what to change."""


class EntryError(DiaryError):
    """An entry that cannot be written down; `field` names the part of it that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        """Hold the field for forms, and the whole message."""
        super().__init__(message)
        self.field = field


class NoSuchEntryError(DiaryError):
    """No entry, plan or owner of that name belongs to this diary."""


class AlreadyCorrectedError(DiaryError):
    """The entry was corrected before; its latest version is the one to correct."""


class ReadOnlyDiaryError(DiaryError):
    """The diary is somebody else's, shared to be read."""


class StoreError(DiaryError):
    """The database cannot be used as it is. What was acknowledged before is untouched."""


class FullDiskError(StoreError):
    """No space is left for the entry."""


class ReadOnlyError(StoreError):
    """The file or its folder cannot be written."""


class LockedError(StoreError):
    """Another program holds the database."""


class NewerDatabaseError(StoreError):
    """The database was made by a newer version of the package."""


class ForeignDatabaseError(StoreError):
    """The file or database belongs to another program, or is no database."""


class DamagedDatabaseError(StoreError):
    """The file is a diary, but parts of it cannot be read."""


class UnreachableError(StoreError):
    """The database server does not answer, or refuses."""


class NoDiaryLibraryError(StoreError):
    """An optional library of the diary is not installed."""


class ArchiveError(DiaryError):
    """An archive or backup that cannot be read, or does not fit what is there."""


class PassphraseError(ArchiveError):
    """A passphrase is missing, wrong or too short, or the encrypted file was changed."""
