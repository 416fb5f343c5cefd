"""The rows that say which projects, branches and cluster generations exist."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, Table, Text, UniqueConstraint, false

from nacre.core.store.tables import UtcTime, metadata

projects = Table(
    "project",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
)

branches = Table(
    "branch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("project.id"), nullable=False),
    Column("name", Text, nullable=False),
    # creating → running ⇄ stopped → deleting; only a procedure moves a branch out of creating or deleting.
    Column("state", Text, nullable=False),
    Column("port", Integer, nullable=False, unique=True),
    Column("parent_id", ForeignKey("branch.id")),
    Column("generation_id", Integer),
    Column("password", Text, nullable=False),
    Column("admin_password", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    # Of a published app: its data, which no workspace and no preview works on.
    Column("production", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("project_id", "name"),
)

# A generation is one data directory on one timeline, with the WAL it wrote and the bases taken of it. A rewind
# begins a new one at a point (start_lsn) of its parent's; the parent stays until retention lets it go.
generations = Table(
    "generation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("branch_id", ForeignKey("branch.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("timeline", Integer, nullable=False),
    Column("parent_id", ForeignKey("generation.id")),
    Column("start_lsn", BigInteger),
    Column("segment_bytes", Integer, nullable=False),
    # recovering → kept → purged (data directory gone, WAL and bases still there)
    Column("state", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("branch_id", "number"),
)
