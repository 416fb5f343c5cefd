"""The rows that say what the runtime runs, so that a daemon that starts finds it again."""

from sqlalchemy import Column, Float, Integer, Table, Text, UniqueConstraint

from nacre.core.store.tables import UtcTime, metadata

placements = Table(
    "placement",
    metadata,
    # An app by its slug stays on its node until that is drained.
    Column("app", Text, primary_key=True),
    Column("node", Text, nullable=False),
    # running, stopped
    Column("wanted", Text, nullable=False),
    # The instance that serves or would; what the switchboard says comes before it.
    Column("instance_id", Integer),
    # When its node last said that it looks after it.
    Column("seen_at", UtcTime),
)

instances = Table(
    "instance",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("app", Text, nullable=False, index=True),
    Column("release", Integer, nullable=False),
    # All that it is run with, sealed: secrets are in it.
    Column("deployed", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,  # a number is not given twice: another machine may still have what it stood for
)

cron_runs = Table(
    "cron_run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("app", Text, nullable=False, index=True),
    Column("schedule", Text, nullable=False),
    Column("line", Text, nullable=False),
    # The moment that the schedule names, which is not when it came to be run.
    Column("due_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("exit_code", Integer),
    # What was said last, or why it could not be run.
    Column("said", Text, nullable=False),
    Column("seconds", Float),
    UniqueConstraint("app", "schedule", "due_at"),
)
