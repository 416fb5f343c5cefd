"""Jobs, the attempts at them, what they wrote; the nodes whose runners do them."""

import sqlalchemy as sa
from alembic import op

from nacre.core.store import tables

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("most_attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("runner", sa.Text(), nullable=True),
        sa.Column("lease_until", tables.UtcTime(), nullable=True),
        sa.Column("ready_at", tables.UtcTime(), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("submitted_at", tables.UtcTime(), nullable=False),
        sa.Column("started_at", tables.UtcTime(), nullable=True),
        sa.Column("ended_at", tables.UtcTime(), nullable=True),
        sa.Column("log_bytes", sa.Integer(), nullable=False),
        sa.Column("taken_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sqlite_autoincrement=True,
    )
    running = sa.text("state = 'running'")
    op.create_index("ix_job_waiting", "job", ["state", "app", "priority", "id"])
    op.create_index("ix_job_project", "job", ["project", "fence"])
    op.create_index("ix_job_app", "job", ["app", "fence"])
    op.create_index("ix_job_running_app", "job", ["app"], unique=True, sqlite_where=running, postgresql_where=running)
    op.create_table(
        "job_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("claim_key", sa.Text(), nullable=False),
        sa.Column("runner", sa.Text(), nullable=False),
        sa.Column("began_at", tables.UtcTime(), nullable=False),
        sa.Column("ended_at", tables.UtcTime(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_attempt_job_id", "job_attempt", ["job_id"])
    op.create_table(
        "job_log",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("at_byte", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "at_byte"),
    )
    op.create_table(
        "node",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", tables.UtcTime(), nullable=False),
        sa.Column("last_heard_at", tables.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("digest"),
    )
