"""When the history of each branch was last verified."""

import sqlalchemy as sa
from alembic import op

from nacre.core.store import tables

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "verification",
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("time", tables.UtcTime(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("branch_id"),
    )
