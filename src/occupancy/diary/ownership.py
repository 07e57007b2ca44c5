"""The one place where rows are restricted to their owner.

Every session of a diary is an `OwnedSession`. It adds "and owner = ..." to each statement over
owned tables, aliases and joins included, and refuses what it cannot restrict: statements that
name no mapped class, plain SQL, inserts beside the unit of work, rows of somebody else.
"""

from __future__ import annotations

from typing import Any, NoReturn

from sqlalchemy import Column, ColumnClause, Engine, TextClause, event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.sql import visitors

from occupancy.diary.rows import Owned


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
        with_loader_criteria(Owned, lambda cls: cls.owner == owner, include_aliases=True)
    )


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
        if not isinstance(row, Owned) or row.owner != session.owner:
            raise OwnershipError(f"a {type(row).__name__} of another owner cannot be written here")
