"""Who wrote a row: in a shared diary it need not be its owner.

Going back sets the authors aside in a table of their own, from which going forward again takes
them; nothing is lost on the way.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from occupancy.diary.migrations.append_only import guard, unguard

revision = "0002"
down_revision = "0001"

#: Tables, and the columns that name a row of theirs within an owner.
_KEYS = {"entry": ("id",), "plan_version": ("plan_id", "revision")}


def upgrade() -> None:
    """Add the authors; rows written before are their owner's own."""
    unguard()
    aside = set(sa.inspect(op.get_bind()).get_table_names())
    for table, keys in _KEYS.items():
        op.add_column(table, sa.Column("author", sa.String(64), nullable=False, server_default=""))
        if f"{table}_author" in aside:
            same = " AND ".join(f"kept.{key} = {table}.{key}" for key in ("owner", *keys))
            op.execute(
                f"UPDATE {table} SET author = COALESCE("
                f"(SELECT kept.author FROM {table}_author AS kept WHERE {same}), '')"
            )
            op.drop_table(f"{table}_author")
    guard()


def downgrade() -> None:
    """Set the authors aside and go back."""
    unguard()
    for table, keys in _KEYS.items():
        some = f"FROM {table} WHERE author <> ''"
        if op.get_bind().execute(sa.text(f"SELECT 1 {some} LIMIT 1")).first() is not None:
            columns = ", ".join(("owner", *keys, "author"))
            op.execute(f"CREATE TABLE {table}_author AS SELECT {columns} {some}")
        op.drop_column(table, "author")
    guard()
