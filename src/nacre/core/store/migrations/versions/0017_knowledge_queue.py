"""What waits to be added to collections, what holds it up, and what files documents were read from."""

import sqlalchemy as sa
from alembic import op

from nacre.core.store import tables

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("knowledge_document", sa.Column("origin", sa.Text(), nullable=True))
    op.create_table(
        "knowledge_pending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", tables.UtcTime(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("hint", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("asker", sa.JSON(), nullable=False),
        sa.Column("asked_at", tables.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["knowledge_collection.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("collection_id", "name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_knowledge_pending_turn", "knowledge_pending", ["collection_id", "state", "asked_at"])
    op.create_index("ix_knowledge_pending_content", "knowledge_pending", ["content"])
    op.create_table(
        "knowledge_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("until", tables.UtcTime(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("held_at", tables.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["knowledge_collection.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("collection_id", "person"),
    )
