"""The documents of collections, as people look at them: which there are, and what is in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Connection, func, select

from nacre.core.errors import NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.store.database import Database
from nacre.knowledge.adding import document_not_found
from nacre.knowledge.collections import to_read
from nacre.knowledge.tables import documents, passages


class Document(Answer):
    """`characters` are those of its text, `passages` how many it was cut into."""

    name: str
    metadata: dict[str, JsonValue]
    characters: int
    passages: int
    added_by: str
    added_at: datetime


class Passage(Answer):
    """`position` from 1; `start` is the character of the text that it begins with, `context` the headings above."""

    position: int
    start: int
    page: int | None
    context: str
    text: str


class WholeDocument(Document):
    """With its passages, which overlap, in the order of the text."""

    parts: list[Passage]


@dataclass(frozen=True)
class Documents:
    """Called from worker threads."""

    store: Database

    def listing(self, who: Principal, collection: str, after: str, limit: int, find: str = "") -> list[Document]:
        """By name, from that after `after` on; with `find` those whose names hold it, in letters of either case.

        Raises NotFound "collection-not-found".
        """
        with self.store.read() as connection:
            number = to_read(connection, who, collection).id
            wanted = [documents.c.collection_id == number, documents.c.name > after]
            if find:
                wanted.append(documents.c.name.icontains(find, autoescape=True))
            rows = connection.execute(_COUNTED.where(*wanted).order_by(documents.c.name).limit(limit)).all()
        return [Document.model_validate(dict(row._mapping)) for row in rows]

    def show(self, who: Principal, collection: str, name: str) -> WholeDocument:
        """Raises NotFound "collection-not-found", "document-not-found"."""
        with self.store.read() as connection:
            number = to_read(connection, who, collection).id
            wanted = documents.c.collection_id == number, documents.c.name == name
            row = connection.execute(_COUNTED.where(*wanted)).one_or_none()
            if row is None:
                raise document_not_found(collection, name)
            parts = connection.execute(
                select(passages).where(passages.c.document_id == row.id).order_by(passages.c.position)
            ).all()
        return WholeDocument(
            **Document.model_validate(dict(row._mapping)).model_dump(),
            parts=[Passage.model_validate(dict(part._mapping)) for part in parts],
        )


def passages_of(connection: Connection, collections: Sequence[int], document: str, position: int | None) -> list[int]:
    """The numbers of a document's passages, of the one at `position` alone where it is given, in any of these.

    Raises NotFound "document-not-found".
    """
    wanted = [documents.c.collection_id.in_(collections), documents.c.name == document]
    if position is not None:
        wanted.append(passages.c.position == position)
    found = connection.execute(
        select(passages.c.id).join(documents, documents.c.id == passages.c.document_id).where(*wanted)
    )
    ids = list(found.scalars())
    if not ids:
        which = f"“{document}”" if position is None else f"“{document}” with a passage {position}"
        raise NotFound("document-not-found", f"There is no document {which} in what is searched.")
    return ids


_COUNTED = select(
    documents,
    select(func.count()).where(passages.c.document_id == documents.c.id).scalar_subquery().label("passages"),
)
