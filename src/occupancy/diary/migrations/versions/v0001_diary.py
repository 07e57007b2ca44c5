"""Owners, entries with their corrections, versions of plans; append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from occupancy.diary.migrations.append_only import guard, unguard

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "owner",
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("example", sa.Boolean, nullable=False),
        sa.Column("created", instant, nullable=False),
    )
    op.create_table(
        "entry",
        sa.Column("owner", sa.String(64), sa.ForeignKey("owner.owner"), primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at_utc", instant, nullable=False),
        sa.Column("at_local", sa.DateTime(timezone=False), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("original", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("replaces", sa.String(36)),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("recorded", instant, nullable=False),
        sa.ForeignKeyConstraint(["owner", "replaces"], ["entry.owner", "entry.id"]),
        sa.UniqueConstraint("owner", "original", "version"),
        sa.UniqueConstraint("owner", "replaces"),
    )
    op.create_index("entry_when", "entry", ["owner", "at_local"])
    op.create_table(
        "plan_version",
        sa.Column("owner", sa.String(64), sa.ForeignKey("owner.owner"), primary_key=True),
        sa.Column("plan_id", sa.String(36), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("agreed_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("recorded", instant, nullable=False),
    )
    op.create_table(
        "erasing",
        sa.Column("owner", sa.String(64), sa.ForeignKey("owner.owner"), primary_key=True),
    )
    guard()


def downgrade() -> None:
    """Refuse to remove a diary: below the first version there is nothing that could keep it.

    Raises:
        RuntimeError: an owner is there.
    """
    if op.get_bind().execute(sa.text("SELECT 1 FROM owner LIMIT 1")).first() is not None:
        raise RuntimeError("the diary is not empty; below its first version nothing can keep it")
    unguard()
    for table in sa.inspect(op.get_bind()).get_table_names():
        if table.endswith("_aside"):  # refers to owners, of whom there is none
            op.drop_table(table)
    for table in ("erasing", "plan_version", "entry", "owner"):
        op.drop_table(table)
