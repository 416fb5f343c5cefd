"""How often it is still tried to tell a channel what fired already when it was added."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("alert_channel", sa.Column("catch_up_tries", sa.Integer(), nullable=False, server_default="0"))
