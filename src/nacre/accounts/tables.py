"""The rows that say who there is, where they may work, and by what they are known; of secrets only digests."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from nacre.core.store.tables import UtcTime, metadata

people = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("email", Text, unique=True),  # in lower case
    Column("role", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("password", Text),  # Argon2id; none until the person has chosen one
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_seen_at", UtcTime),
    Column("disabled_at", UtcTime),
    sqlite_autoincrement=True,
)

# By the project's name, so that a membership goes with its project whoever deletes it.
memberships = Table(
    "membership",
    metadata,
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    Column("project", ForeignKey("project.name", ondelete="CASCADE"), primary_key=True, index=True),
    Column("role", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

# A session's secret changes now and then. `next_digest` is the one handed out and not yet used, `previous_digest`
# the one before, which requests already under way may still carry until shortly after `rotated_at`.
sessions = Table(
    "session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("next_digest", Text, unique=True),
    Column("next_salt", Text),
    Column("previous_digest", Text, unique=True),
    Column("rotated_at", UtcTime, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_used_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("how", Text, nullable=False),
    sqlite_autoincrement=True,  # a number is never used again: codes that name a session outlive it for a moment
)

# What a browser is known by on the origin of people's content; it ends with the session it was handed on from.
content_sessions = Table(
    "content_session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", ForeignKey("session.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("host", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("session_id", "host", "digest"),
)

# A link without a person is the first one of a home: who follows it becomes its first admin.
links = Table(
    "sign_in_link",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), index=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

# Whom an OpenID provider knows a person as.
identities = Table(
    "identity",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("issuer", "subject"),
)

# Browsers that a person has signed in with before: strangers' failures do not keep these waiting.
devices = Table(
    "device",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
)

# Failed sign-ins in a row, by what they are counted for: an account, an address, a known browser.
attempts = Table(
    "sign_in_attempt",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcTime, nullable=False, index=True),
    Column("told", Boolean, nullable=False),
)

tokens = Table(
    "token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("projects", JSON(none_as_null=True)),
    Column("digest", Text, nullable=False, unique=True),
    Column("person", Text, nullable=False, server_default="owner"),  # on whose behalf it acts
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("last_used_at", UtcTime),
    Column("revoked_at", UtcTime),
)

# By the person's name, as tokens are: the owner has no row among people. The fingerprint is the one ssh-keygen shows.
keys = Table(
    "ssh_key",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("person", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_used_at", UtcTime),
    sqlite_autoincrement=True,
)
