"""Triggers that let entries and plans grow and nothing else.

The rows of an owner can be removed only while the owner stands in `erasing`, which happens inside
the one transaction that removes them all.
"""

from __future__ import annotations

from typing import Final

from alembic import op

TABLES: Final = ("entry", "plan_version")
_WORDS: Final = "the diary is append-only; write a correction"


def guard() -> None:
    """Put the triggers of the diary in place."""
    if not _sqlite():
        op.execute(
            "CREATE FUNCTION diary_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_WORDS}'; END $$"
        )
        op.execute(
            "CREATE FUNCTION diary_refuse_unless_erasing() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN IF EXISTS (SELECT 1 FROM erasing WHERE erasing.owner = OLD.owner) "
            f"THEN RETURN OLD; END IF; RAISE EXCEPTION '{_WORDS}'; END $$"
        )
    for table in TABLES:
        guard_table(table)


def unguard() -> None:
    """Take the triggers of the diary away, for a migration that has to move rows."""
    for table in TABLES:
        unguard_table(table)
    if not _sqlite():
        op.execute("DROP FUNCTION diary_refuse()")
        op.execute("DROP FUNCTION diary_refuse_unless_erasing()")


def guard_table(table: str) -> None:
    """Let one more table grow and nothing else; the diary's own triggers are there."""
    if _sqlite():
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            "WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE erasing.owner = OLD.owner) "
            f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
        )
        return
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION diary_refuse()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION diary_refuse_unless_erasing()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION diary_refuse()"
    )


def unguard_table(table: str) -> None:
    """Take the triggers of one table away."""
    for what in ("update", "delete") if _sqlite() else ("update", "delete", "truncate"):
        on = "" if _sqlite() else f" ON {table}"
        op.execute(f"DROP TRIGGER {table}_no_{what}{on}")


def _sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"
