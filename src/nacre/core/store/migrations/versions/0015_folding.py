"""Which characters of a collection's words count as the same: in those that are there already, none."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("knowledge_collection", sa.Column("folding", sa.Text(), nullable=False, server_default="none"))
