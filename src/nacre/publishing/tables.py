"""The rows of publishing: apps, their releases, what is configured for them, and what waits for a person's word."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from nacre.core.store.tables import UtcTime, metadata

apps = Table(
    "app",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("project_id", ForeignKey("project.id"), nullable=False, index=True),
    # production, or preview: of one branch, with that branch's database, until it expires
    Column("kind", Text, nullable=False),
    # The branch last published; its name alone, for it may be gone.
    Column("source", Text, nullable=False),
    # The branch whose database and files are the app's own; None until the first release needs one.
    Column("branch_id", ForeignKey("branch.id")),
    # running ⇄ stopped → deleting, which only goes on to nothing
    Column("state", Text, nullable=False),
    # The number of the release that serves; None until one is live.
    Column("release", Integer),
    Column("settings", JSON, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    sqlite_autoincrement=True,  # a number is never used again: jobs, logs and commands of an app outlive it
)

releases = Table(
    "release",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("app_id", ForeignKey("app.id"), nullable=False),
    Column("number", Integer, nullable=False),
    # publish, rollback, configuration, redeploy
    Column("kind", Text, nullable=False),
    # queued → building → database → releasing → starting → switching → live; or failed, or cancelled
    Column("phase", Text, nullable=False),
    Column("source", JSON, nullable=False),
    Column("branch", Text, nullable=False),
    Column("message", Text),
    Column("who", Text, nullable=False),
    Column("digest", Text),
    Column("run", JSON),
    # All that is set for the app, names and values, sealed as it was when the release began.
    Column("environment", Text, nullable=False),
    Column("job_id", Integer),
    # The release whose image this one takes over; None when it builds one.
    Column("image_of", Integer),
    # The release that served before this one.
    Column("replaces", Integer),
    # The checkpoint of the production branch taken before its release command ran.
    Column("checkpoint", Integer),
    Column("claimed", Boolean, nullable=False),
    # The tables of its database and their definitions, as they were when it became live.
    Column("tables", JSON),
    Column("seconds", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("entered_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("failed_in", Text),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_hint", Text),
    UniqueConstraint("app_id", "number"),
    sqlite_autoincrement=True,
)

secrets = Table(
    "app_secret",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("app_id", ForeignKey("app.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", UtcTime, nullable=False),
    UniqueConstraint("app_id", "name"),
)

variables = Table(
    "app_variable",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("app_id", ForeignKey("app.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", UtcTime, nullable=False),
    UniqueConstraint("app_id", "name"),
)

domains = Table(
    "app_domain",
    metadata,
    Column("name", Text, primary_key=True),
    Column("app_id", ForeignKey("app.id"), nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", UtcTime, nullable=False),
)

approvals = Table(
    "approval",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project", Text, nullable=False, index=True),
    Column("operation", Text, nullable=False),
    Column("arguments", JSON, nullable=False),
    # Of operation and arguments together: what is approved is this very call.
    Column("digest", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    # waiting → approved → used; or denied
    Column("state", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", UtcTime),
)
