"""Workspaces.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from nacre.core.store import tables

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "workspace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("changed_at", tables.UtcTime(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person", "branch_id"),
        sa.UniqueConstraint("token_digest"),
    )
    op.create_index(op.f("ix_workspace_branch_id"), "workspace", ["branch_id"], unique=False)
