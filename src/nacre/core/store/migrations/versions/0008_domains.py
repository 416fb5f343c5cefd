"""Domains of apps."""

import sqlalchemy as sa
from alembic import op

from nacre.core.store import tables

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "app_domain",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", tables.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["app.id"]),
        sa.PrimaryKeyConstraint("name"),
    )
