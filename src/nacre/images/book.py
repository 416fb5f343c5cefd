"""What the registry's tables say, as statements on a connection."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, select

from nacre.engines.oci.digests import Digest
from nacre.engines.oci.manifest import Descriptor
from nacre.images.repository import Repository, parse_repository
from nacre.images.tables import contents, tags

_IN_ONE_STATEMENT = 400


@dataclass(frozen=True)
class Content:
    repository: str
    digest: Digest
    kind: str
    media_type: str
    size_bytes: int
    subject: str | None
    linked_at: datetime


@dataclass(frozen=True)
class Tag:
    repository: str
    tag: str
    digest: Digest
    release: int | None
    moved_at: datetime

    @property
    def place(self) -> Repository:
        return parse_repository(self.repository)


def link(
    connection: Connection,
    repository: Repository,
    part: Descriptor,
    kind: str,
    now: datetime,
    subject: Digest | None = None,
) -> None:
    """List it in the repository, or anew with the present time."""
    values = {
        "repository": str(repository), "digest": part.digest, "kind": kind, "media_type": part.media_type,
        "size_bytes": part.size_bytes, "subject": subject, "linked_at": now,
    }  # fmt: skip
    # A manifest is a blob as well; as which it was pushed first makes no difference to what may be read.
    changed = {"linked_at": now} if kind == "blob" else {**values}
    _put(connection, contents, values, ("repository", "digest"), changed)


def unlink(connection: Connection, repository: Repository, digest: Digest) -> bool:
    """Whether it was listed; tags that meant it go too."""
    where = (contents.c.repository == str(repository)) & (contents.c.digest == digest)
    gone = connection.execute(delete(contents).where(where)).rowcount > 0
    connection.execute(delete(tags).where((tags.c.repository == str(repository)) & (tags.c.digest == digest)))
    return gone


def find(connection: Connection, repository: Repository, digest: Digest) -> Content | None:
    where = (contents.c.repository == str(repository)) & (contents.c.digest == digest)
    row = connection.execute(select(contents).where(where)).one_or_none()
    return None if row is None else Content(**row._mapping)


def listed(connection: Connection, repository: Repository, digests: Iterable[Digest]) -> set[Digest]:
    """Which of these the repository has."""
    wanted = list(digests)
    found: set[Digest] = set()
    for at in range(0, len(wanted), _IN_ONE_STATEMENT):
        where = contents.c.digest.in_(wanted[at : at + _IN_ONE_STATEMENT])
        rows = connection.execute(select(contents.c.digest).where(contents.c.repository == str(repository), where))
        found.update(Digest(row.digest) for row in rows)
    return found


def about(connection: Connection, repository: Repository, subject: Digest) -> list[Content]:
    """The manifests that are about another one."""
    where = (contents.c.repository == str(repository)) & (contents.c.subject == subject)
    rows = connection.execute(select(contents).where(where).order_by(contents.c.digest))
    return [Content(**row._mapping) for row in rows]


def manifests(connection: Connection) -> list[Content]:
    rows = connection.execute(
        select(contents).where(contents.c.kind == "manifest").order_by(contents.c.repository, contents.c.linked_at)
    )
    return [Content(**row._mapping) for row in rows]


def set_tag(
    connection: Connection,
    repository: Repository,
    tag: str,
    digest: Digest,
    now: datetime,
    release: int | None = None,
) -> None:
    values = {"digest": digest, "release": release, "moved_at": now}
    _put(connection, tags, {"repository": str(repository), "tag": tag, **values}, ("repository", "tag"), values)


def remove_tag(connection: Connection, repository: Repository, tag: str) -> bool:
    where = (tags.c.repository == str(repository)) & (tags.c.tag == tag)
    return connection.execute(delete(tags).where(where)).rowcount > 0


def tag_of(connection: Connection, repository: Repository, tag: str) -> Tag | None:
    where = (tags.c.repository == str(repository)) & (tags.c.tag == tag)
    row = connection.execute(select(tags).where(where)).one_or_none()
    return None if row is None else Tag(**row._mapping)


def all_tags(connection: Connection, repository: Repository | None = None) -> list[Tag]:
    """By repository and name, as their bytes are ordered."""
    query = select(tags) if repository is None else select(tags).where(tags.c.repository == str(repository))
    found = [Tag(**row._mapping) for row in connection.execute(query)]
    return sorted(found, key=lambda tag: (tag.repository, tag.tag))


def knows(connection: Connection, repository: Repository) -> bool:
    """Whether there is anything in the repository."""
    query = select(contents.c.digest).where(contents.c.repository == str(repository)).limit(1)
    return connection.execute(query).first() is not None


def forget_unneeded(connection: Connection, needed: set[tuple[str, Digest]], before: datetime) -> int:
    """Strike out whatever was listed before that time and is not among (repository, digest) `needed`; how many."""
    rows = connection.execute(select(contents.c.repository, contents.c.digest).where(contents.c.linked_at < before))
    gone = [(row.repository, Digest(row.digest)) for row in rows if (row.repository, row.digest) not in needed]
    for repository, digest in gone:
        connection.execute(delete(contents).where(contents.c.repository == repository, contents.c.digest == digest))
    return len(gone)


def everything(connection: Connection) -> set[Digest]:
    """What any repository has."""
    return {Digest(row.digest) for row in connection.execute(select(contents.c.digest).distinct())}


def forget(connection: Connection, project: str, app: str | None) -> None:
    """Everything of one repository, or of all those of a project. Names hold neither `%` nor `_`."""
    for table in (contents, tags):
        name = table.c.repository
        where = name.like(f"{project}/%") if app is None else name == f"{project}/{app}"
        connection.execute(delete(table).where(where))


def _put(
    connection: Connection, table: Table, values: Mapping[str, Any], key: Iterable[str], changed: Mapping[str, Any]
) -> None:
    """Insert a row, or change the one that has its key."""
    if connection.dialect.name == "postgresql":  # loaded only there: it takes 4 MB
        from sqlalchemy.dialects.postgresql import insert as on_postgresql

        connection.execute(
            on_postgresql(table).values(**values).on_conflict_do_update(index_elements=key, set_=changed)
        )
    else:
        from sqlalchemy.dialects.sqlite import insert as on_sqlite

        connection.execute(on_sqlite(table).values(**values).on_conflict_do_update(index_elements=key, set_=changed))
