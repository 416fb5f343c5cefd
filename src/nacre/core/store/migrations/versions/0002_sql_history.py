"""What people ran as SQL, for themselves."""

import sqlalchemy as sa
from alembic import op

from nacre.core.store import tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "sql_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("time", tables.UtcTime(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sql_history_person_branch", "sql_history", ["person", "branch_id"], unique=False)
