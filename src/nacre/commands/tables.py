"""The rows that say which commands there are."""

from sqlalchemy import JSON, Column, Float, ForeignKey, Integer, Table, Text, UniqueConstraint

from nacre.core.store.tables import UtcTime, metadata

commands = Table(
    "command",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("argv", JSON, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("role", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("timeout_s", Float, nullable=False),
    Column("defined_by", Text, nullable=False),
    Column("defined_at", UtcTime, nullable=False),
    UniqueConstraint("project_id", "name"),
)
