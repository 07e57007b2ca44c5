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
    """Put the triggers in place."""
    if op.get_context().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def unguard() -> None:
    """Take the triggers away, for a migration that has to move rows."""
    sqlite = op.get_context().dialect.name == "sqlite"
    for table in TABLES:
        for what in ("update", "delete") if sqlite else ("update", "delete", "truncate"):
            on = "" if sqlite else f" ON {table}"
            op.execute(f"DROP TRIGGER {table}_no_{what}{on}")
    if not sqlite:
        op.execute("DROP FUNCTION diary_refuse()")
        op.execute("DROP FUNCTION diary_refuse_unless_erasing()")


def _guard_sqlite() -> None:
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            "WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE erasing.owner = OLD.owner) "
            f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
        )


def _guard_postgresql() -> None:
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
