"""The rows that say which workspaces there are, so that a daemon that starts finds those that still run."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from nacre.core.store.tables import UtcTime, metadata

workspaces = Table(
    "workspace",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", Text, nullable=False),
    Column("branch_id", ForeignKey("branch.id"), nullable=False, index=True),
    # running ⇄ stopped; `why` says in words how it came into its state.
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    # The digest of the token that its processes call the API with; new at every start, none while it is stopped.
    Column("token_digest", Text, unique=True),
    UniqueConstraint("person", "branch_id"),
)
