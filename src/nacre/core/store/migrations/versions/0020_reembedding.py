"""Generations of a collection's vectors, and the one that is being made."""

import sqlalchemy as sa
from alembic import op

from nacre.core.store.tables import UtcTime

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    for name in ("generation", "last_generation"):
        op.add_column("knowledge_collection", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "knowledge_reembedding",
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("done_to", sa.Integer(), nullable=False),
        sa.Column("asker", sa.JSON(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("hint", sa.Text(), nullable=True),
        sa.Column("again_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["collection_id"], ["knowledge_collection.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("collection_id"),
    )
