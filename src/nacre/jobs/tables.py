"""The rows of jobs, of the attempts at them, and of what they wrote."""

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    event,
    text,
)

from nacre.core.store.tables import UtcTime, metadata

jobs = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("payload", JSON, nullable=False),
    Column("priority", Integer, nullable=False),
    # The states and what leads from one to the next are in states.py; `why` says in words how it came into its own.
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("most_attempts", Integer, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("runner", Text),
    Column("lease_until", UtcTime),
    Column("ready_at", UtcTime, nullable=False),
    Column("result", JSON(none_as_null=True)),
    Column("error", JSON(none_as_null=True)),
    Column("submitted_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    # How much of its log is kept, and how much of what the present attempt wrote was taken.
    Column("log_bytes", Integer, nullable=False),
    Column("taken_bytes", BigInteger, nullable=False),
    Index("ix_job_waiting", "state", "app", "priority", "id"),
    Index("ix_job_project", "project", "fence"),
    Index("ix_job_app", "app", "fence"),
    # The database itself keeps a second job of an app from running, whatever two who claim at once believe.
    Index(
        "ix_job_running_app",
        "app",
        unique=True,
        sqlite_where=text("state = 'running'"),
    ).ddl_if(dialect="sqlite"),
    sqlite_autoincrement=True,
)
# To say it as above would load all that SQLAlchemy knows of PostgreSQL, 4 MB, into a daemon on SQLite too.
event.listen(
    jobs,
    "after_create",
    DDL(  # type: ignore[no-untyped-call]
        "CREATE UNIQUE INDEX ix_job_running_app ON job (app) WHERE state = 'running'"
    ).execute_if(dialect="postgresql"),
)

# Its number is the fence: greater than any before it, of whatever job.
attempts = Table(
    "job_attempt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("claim_key", Text, nullable=False, unique=True),
    Column("runner", Text, nullable=False),
    Column("began_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("outcome", Text),
    sqlite_autoincrement=True,
)

log_pieces = Table(
    "job_log",
    metadata,
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
    Column("at_byte", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)
