"""The registry: what lies in which repository, and its tags."""

import sqlalchemy as sa
from alembic import op

from nacre.core.store import tables

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "image_content",
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("linked_at", tables.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("repository", "digest"),
    )
    op.create_index("ix_image_content_digest", "image_content", ["digest"])
    op.create_index("ix_image_content_subject", "image_content", ["repository", "subject"])
    op.create_table(
        "image_tag",
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=True),
        sa.Column("moved_at", tables.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("repository", "tag"),
    )
