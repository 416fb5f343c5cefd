"""Where nodes that run apps are reached, what they prove themselves by, and what they were told last."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    # A number that was given once is not given again: another machine may still have what it stood for.
    with op.batch_alter_table("instance", recreate="always", table_kwargs={"sqlite_autoincrement": True}):
        pass
    op.add_column("node", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("node", sa.Column("fingerprint", sa.Text(), nullable=True))
    op.add_column("node", sa.Column("fence", sa.Integer(), nullable=False, server_default="0"))
