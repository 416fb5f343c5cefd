"""The rows of collections, their documents and the passages of these. Vectors and words are in tables that
the index makes (index.py), under the number of their passage."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

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


def is_knowledge(table: str) -> bool:
    """Whether a table of the database is of knowledge alone, those of vectors and words among them."""
    return table.startswith(("knowledge_", "vec_knowledge"))
