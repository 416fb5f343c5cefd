"""The rows of alerts. They are in data.db, since they must outlive a metrics.db that is lost."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, Table, Text

from nacre.core.store.tables import UtcTime, metadata

# Rules that people added, and those that they changed: as JSON, which a rule of the same name of ours gives way to.
rules = Table(
    "alert_rule",
    metadata,
    Column("name", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

# What is pending or fires now.
alerts = Table(
    "alert",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("value", Float, nullable=False),
    Column("fired_at", UtcTime),
    Column("told_at", UtcTime),
    Column("calm_since", UtcTime),
    Column("acknowledged_by", Text),
)

# What was to be told, and what became of it: waiting, sent, failed, or unheard where there was no channel for it.
events = Table(
    "alert_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("time", UtcTime, nullable=False),
    Column("rule", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("news", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("value", Float, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Index("ix_alert_event_state", "state"),
    sqlite_autoincrement=True,
)

silences = Table(
    "alert_silence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    sqlite_autoincrement=True,
)

# `sealed` is the address, which holds passwords of mail servers and the like. `catch_up_tries` is how often it is still
# tried to tell it what fired already when it was added.
channels = Table(
    "alert_channel",
    metadata,
    Column("name", Text, primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("least_level", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("last_sent_at", UtcTime),
    Column("last_error", Text, nullable=False),
    Column("catch_up_tries", Integer, nullable=False, server_default="0"),
)
