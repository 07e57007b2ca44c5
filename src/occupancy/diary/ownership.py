"""The one place where rows are restricted to their owner.

Every session of a diary is an `OwnedSession`. It adds "and owner = ..." to each statement over
owned tables, aliases and joins included, and refuses what it cannot restrict: statements that
name no mapped class, plain SQL, inserts beside the unit of work, rows of somebody else. Who shares
a diary with whom is seen from both sides, and written by the owner alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from sqlalchemy import Column, ColumnClause, Engine, TextClause, event, or_
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.base import ExecutableOption

from occupancy.diary.database import for_writing, name_of
from occupancy.diary.rows import Owned, Shared
from occupancy.diary.trouble import in_words


class OwnershipError(RuntimeError):
    """A statement that cannot be restricted to its owner, or a row of another owner."""


class OwnedSession(Session):
    """A session that sees the rows of `owner` and no others."""

    def __init__(self, engine: Engine, owner: str) -> None:
        """Open a session for one owner."""
        super().__init__(engine, expire_on_commit=False)
        self.owner = owner

    def connection(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: a bare connection would see every owner's rows.

        Raises:
            OwnershipError: always.
        """
        raise OwnershipError("a session of one owner hands out no bare connection")


@contextmanager
def reading(engine: Engine, owner: str) -> Iterator[OwnedSession]:
    """A session of one owner that reads.

    Raises:
        StoreError: the database refused.
    """
    with in_words(name_of(engine)), OwnedSession(engine, owner) as session:
        yield session


@contextmanager
def writing(engine: Engine, owner: str) -> Iterator[OwnedSession]:
    """A session of one owner that writes what is committed in it; see `reading`."""
    with in_words(name_of(engine)), OwnedSession(for_writing(engine), owner) as session:
        yield session


@event.listens_for(OwnedSession, "do_orm_execute")
def _restrict(state: ORMExecuteState) -> None:
    session = state.session
    assert isinstance(session, OwnedSession)
    restrictable = state.is_select or state.is_update or state.is_delete
    if (
        not state.is_orm_statement
        or state.is_from_statement
        or not restrictable
        or any(_beside_the_classes(one) for one in visitors.iterate(_tree(state)))
    ):
        raise OwnershipError(
            "this statement cannot be restricted to its owner; name mapped classes"
        )
    owner = session.owner
    state.statement = state.statement.options(
        with_loader_criteria(Owned, lambda cls: cls.owner == owner, include_aliases=True),
        _of_both_sides(owner) if state.is_select else _of_one_side(owner),
    )


def _of_both_sides(owner: str) -> ExecutableOption:
    return with_loader_criteria(
        Shared, lambda cls: or_(cls.owner == owner, cls.reader == owner), include_aliases=True
    )


def _of_one_side(owner: str) -> ExecutableOption:
    return with_loader_criteria(Shared, lambda cls: cls.owner == owner, include_aliases=True)


def _tree(state: ORMExecuteState) -> visitors.ExternallyTraversible | None:
    statement = state.statement
    return statement if isinstance(statement, visitors.ExternallyTraversible) else None


def _beside_the_classes(element: visitors.ExternallyTraversible) -> bool:
    """Whether a part of a statement reads rows without naming a mapped class."""
    if isinstance(element, TextClause):
        return True
    if isinstance(element, ColumnClause) and element.is_literal:
        return True
    return isinstance(element, Column) and "parententity" not in element._annotations


@event.listens_for(OwnedSession, "before_flush")
def _own_rows_only(session: Session, _: UOWTransaction, __: object) -> None:
    assert isinstance(session, OwnedSession)
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, Owned | Shared) or row.owner != session.owner:
            raise OwnershipError(f"a {type(row).__name__} of another owner cannot be written here")
