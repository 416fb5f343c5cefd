"""The rows of collections, their documents, the passages of these, and what waits to be added. Vectors and
words are in tables that the index makes (index.py), under the number of their passage."""

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from nacre.core.store.tables import UtcTime, metadata

collections = Table(
    "knowledge_collection",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    # "private" to a person, of a "project", for "everyone", or "hidden" while it comes or goes.
    Column("access", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("project", Text),
    # None where vectors are brought along. Vectors of different digests do not compare.
    Column("model", Text),
    Column("digest", Text),
    Column("dimension", Integer, nullable=False),
    Column("metric", Text, nullable=False),
    Column("chunking", JSON, nullable=False),
    # Of its words: "simplified" Chinese also for traditional, or "none" (engines/retrieval/folding.py).
    Column("folding", Text, nullable=False, server_default="none"),
    # Which of its vectors are searched, and the last that was begun (reembedding.py).
    Column("generation", Integer, nullable=False, server_default="0"),
    Column("last_generation", Integer, nullable=False, server_default="0"),
    # Grows with each change of its passages.
    Column("revision", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_knowledge_collection_project", "project"),
    sqlite_autoincrement=True,
)

documents = Table(
    "knowledge_document",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", ForeignKey("knowledge_collection.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("metadata", JSON, nullable=False),
    # Of its text and of how it was cut, so that what is unchanged is left alone.
    Column("digest", Text, nullable=False),
    # Of the file that it was read from, where there was one.
    Column("origin", Text),
    Column("characters", Integer, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    UniqueConstraint("collection_id", "name"),
    sqlite_autoincrement=True,
)

passages = Table(
    "knowledge_base",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", ForeignKey("knowledge_collection.id", ondelete="CASCADE"), nullable=False),
    Column("document_id", ForeignKey("knowledge_document.id", ondelete="CASCADE"), nullable=False),
    # The first of its document is 1; `start` is the character of the text with which it begins,
    # `page` the page, where the text has such.
    Column("position", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("page", Integer),
    Column("context", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_knowledge_base_document", "document_id", "position"),
    Index("ix_knowledge_base_collection", "collection_id"),
    sqlite_autoincrement=True,
)

# What is no longer to be found and still to be removed (clearing.py): the vectors of a generation, or, where there is
# none, the whole collection.
clearings = Table(
    "knowledge_clearing",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", ForeignKey("knowledge_collection.id", ondelete="CASCADE"), nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("generation", Integer),
    Index("ix_knowledge_clearing_collection", "collection_id"),
)

pending = Table(
    "knowledge_pending",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", ForeignKey("knowledge_collection.id", ondelete="CASCADE"), nullable=False),
    # The number of what found it (a folder, a table, …), None where somebody sent it.
    Column("source", Integer),
    Column("name", Text, nullable=False),
    Column("metadata", JSON, nullable=False),
    # A "file" to be read, or "text" as it is; its bytes are in the spool under their digest.
    Column("form", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    # "waiting", or "failed" for good, unless somebody has it tried again.
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", UtcTime),
    Column("code", Text),
    Column("error", Text),
    Column("hint", Text),
    # Whoever asked: their person, and what is kept beside it, as what their token was limited to.
    Column("person", Text, nullable=False),
    Column("asker", JSON, nullable=False),
    # Of the first of its name that waits, so that one which is replaced keeps its place.
    Column("asked_at", UtcTime, nullable=False),
    UniqueConstraint("collection_id", "name"),
    Index("ix_knowledge_pending_turn", "collection_id", "state", "asked_at"),
    Index("ix_knowledge_pending_content", "content"),
    sqlite_autoincrement=True,
)

holds = Table(
    "knowledge_hold",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", ForeignKey("knowledge_collection.id", ondelete="CASCADE"), nullable=False),
    # Whose documents wait; empty for everybody's.
    Column("person", Text, nullable=False),
    # None: until somebody resumes.
    Column("until", UtcTime),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("hint", Text, nullable=False),
    # How often in a row it came to this.
    Column("times", Integer, nullable=False),
    Column("held_by", Text, nullable=False),
    Column("held_at", UtcTime, nullable=False),
    UniqueConstraint("collection_id", "person"),
)

# Vectors of another model that are being made for a collection, until they take the place of those it has.
reembeddings = Table(
    "knowledge_reembedding",
    metadata,
    Column("collection_id", ForeignKey("knowledge_collection.id", ondelete="CASCADE"), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("model", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    # The last passage that has one: new passages have greater numbers.
    Column("done_to", Integer, nullable=False),
    # In whose name the model is called (ingestion/askers.py).
    Column("asker", JSON, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    # Why it pauses, after how many failures in a row, and until when: None until somebody has it go on.
    Column("failures", Integer, nullable=False),
    Column("error", Text),
    Column("hint", Text),
    Column("again_at", UtcTime),
)


def is_knowledge(table: str) -> bool:
    """Whether a table of the database is of knowledge alone, those of vectors and words among them."""
    return table.startswith(("knowledge_", "vec_knowledge"))


sources = Table(
    "knowledge_source",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", ForeignKey("knowledge_collection.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    # The branch that it is of, where it is of one.
    Column("branch_id", Integer),
    # At most so many documents, and how often it is looked at; None: when its position changes.
    Column("most", Integer, nullable=False),
    Column("every_s", Float),
    # What its kind knows of it from the last time, and where it was by then.
    Column("memory", JSON, nullable=False),
    Column("position", JSON),
    # Whoever added it, or resumed it last: it is read as them.
    Column("asker", JSON, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    # "on", "paused" by somebody, or "stopped" for the reason in `trouble`.
    Column("state", Text, nullable=False),
    Column("trouble", Text),
    Column("looked_at", UtcTime),
    Column("in_step_at", UtcTime),
    UniqueConstraint("collection_id", "name"),
    Index("ix_knowledge_source_branch", "branch_id"),
    sqlite_autoincrement=True,
)

source_items = Table(
    "knowledge_source_item",
    metadata,
    Column("source_id", ForeignKey("knowledge_source.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    # As it was handed over, or looked at and not taken: then `code` and `why` say what it is.
    Column("fingerprint", Text, nullable=False),
    Column("code", Text),
    Column("why", Text),
)
