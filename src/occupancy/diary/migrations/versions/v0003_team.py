"""Accounts, sessions, who shares a diary with whom, and the log of what was done.

Going back sets the tables aside under other names, from which going forward again takes them;
nothing is lost on the way.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from occupancy.diary.migrations.append_only import guard_table, unguard_table

revision = "0003"
down_revision = "0002"

TABLES = ("account", "session", "sharing", "audit")


def upgrade() -> None:
    """Make the tables, or take those that were set aside."""
    aside = set(sa.inspect(op.get_bind()).get_table_names())
    if {_aside(table) for table in TABLES} <= aside:
        for table in TABLES:
            op.rename_table(_aside(table), table)
    else:
        _make()
    guard_table("audit")


def downgrade() -> None:
    """Set the tables aside and go back."""
    unguard_table("audit")
    for table in TABLES:
        op.rename_table(table, _aside(table))


def _aside(table: str) -> str:
    return f"{table}_aside"


def _make() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "account",
        _owner(),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("link", sa.String(64)),
        sa.Column("link_until", instant),
        sa.Column("created", instant, nullable=False),
    )
    op.create_table(
        "session",
        _owner(),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("begun", instant, nullable=False),
        sa.Column("seen", instant, nullable=False),
        sa.Column("until", instant, nullable=False),
        sa.Column("browser", sa.Text, nullable=False),
    )
    op.create_table(
        "sharing",
        _owner(),
        sa.Column(
            "reader",
            sa.String(64),
            sa.ForeignKey("owner.owner", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("since", instant, nullable=False),
    )
    op.create_index("sharing_reader", "sharing", ["reader"])
    op.create_table(
        "audit",
        _owner(),
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", instant, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("audit_when", "audit", ["owner", "at"])


def _owner() -> sa.Column[str]:
    return sa.Column(
        "owner",
        sa.String(64),
        sa.ForeignKey("owner.owner", ondelete="CASCADE"),
        primary_key=True,
    )
