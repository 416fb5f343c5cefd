"""The rows of the registry: what lies in which repository, and what its tags mean."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from nacre.core.store.tables import UtcTime, metadata

# A blob is one file however many repositories have it; whoever may read a repository reads what is listed in it.
contents = Table(
    "image_content",
    metadata,
    Column("repository", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    # "manifest" or "blob".
    Column("kind", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    # What a manifest is about, as signatures and the like are.
    Column("subject", Text),
    Column("linked_at", UtcTime, nullable=False),
    Index("ix_image_content_digest", "digest"),
    Index("ix_image_content_subject", "repository", "subject"),
)

tags = Table(
    "image_tag",
    metadata,
    Column("repository", Text, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    # The release it was made for; tags without one are people's own, and stay until they are deleted.
    Column("release", Integer),
    Column("moved_at", UtcTime, nullable=False),
)
