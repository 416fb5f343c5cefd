"""The rows that say which machines joined; of their credentials only digests."""

from sqlalchemy import JSON, Boolean, Column, Integer, Table, Text

from nacre.core.store.tables import UtcTime, metadata

nodes = Table(
    "node",
    metadata,
    Column("name", Text, primary_key=True),
    Column("roles", JSON, nullable=False),
    Column("digest", Text, unique=True),  # none for the machine of the control plane itself
    Column("version", Text),
    Column("draining", Boolean, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_heard_at", UtcTime),
    # Of one that runs apps: where it is reached (HOST:PORT), the SHA-256 of the certificate that it joined with, and
    # the fence of what it was told last.
    Column("address", Text),
    Column("fingerprint", Text),
    Column("fence", Integer, nullable=False, server_default="0"),
)
