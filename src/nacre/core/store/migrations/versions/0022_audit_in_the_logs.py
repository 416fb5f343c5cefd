"""On which branch something was asked, and in which order it was known what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("audit", sa.Column("branch", sa.Text(), nullable=True))
    op.add_column("audit", sa.Column("ended", sa.Integer(), nullable=True))
    op.execute("UPDATE audit SET ended = 0 WHERE outcome = 'started'")  # they ended before there was an order
    op.create_index(op.f("ix_audit_ended"), "audit", ["ended"], unique=False)
