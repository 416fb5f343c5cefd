"""The rows of the time machine: which generation was live when, which bases exist, and the log of each branch."""

from sqlalchemy import JSON, BigInteger, Column, Float, ForeignKey, Integer, Table, Text, UniqueConstraint

from nacre.core.store.tables import UtcTime, metadata

# From `since` until the next activation of the same branch, this generation was the branch's database.
activations = Table(
    "activation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("branch_id", ForeignKey("branch.id"), nullable=False, index=True),
    Column("generation_id", ForeignKey("generation.id"), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("since_lsn", BigInteger, nullable=False),
)

bases = Table(
    "base",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("generation_id", ForeignKey("generation.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    # taking → ready → (damaged →) deleting; found “taking” after a crash, what is there of it is thrown away.
    Column("state", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("redo_lsn", BigInteger),
    Column("end_lsn", BigInteger),
    Column("taken_at", UtcTime, nullable=False),
    Column("bytes_copied", BigInteger),
    Column("seconds", Float),
    Column("detail", JSON),
    UniqueConstraint("generation_id", "number"),
)

# `number` counts per project, so that “#12” means one thing in all its branches.
log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("project.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("branch_id", ForeignKey("branch.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("label", Text),
    Column("who", Text, nullable=False),
    # The state this entry names: for a checkpoint the one it captured, for a rewind the one it left behind.
    Column("generation_id", ForeignKey("generation.id"), nullable=False),
    Column("lsn", BigInteger, nullable=False),
    Column("files_seq", BigInteger, nullable=False),
    Column("detail", JSON, nullable=False),
    UniqueConstraint("project_id", "number"),
)

verifications = Table(
    "verification",
    metadata,
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), primary_key=True),
    Column("time", UtcTime, nullable=False),
    Column("faults", Integer, nullable=False),
)
