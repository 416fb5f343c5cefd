"""What the runtime runs: apps on their nodes, instances of their releases, and runs by schedule."""

import sqlalchemy as sa
from alembic import op

from nacre.core.store import tables

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("deployed", sa.Text(), nullable=False),
        sa.Column("made_at", tables.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_instance_app", "instance", ["app"])
    op.create_table(
        "placement",
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", tables.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("app"),
    )
    op.create_table(
        "cron_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("due_at", tables.UtcTime(), nullable=False),
        sa.Column("ended_at", tables.UtcTime(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("app", "schedule", "due_at"),
    )
    op.create_index("ix_cron_run_app", "cron_run", ["app"])
