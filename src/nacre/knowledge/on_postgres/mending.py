"""Holds passages, vectors and words of a collection against each other in PostgreSQL, and mends what lacks.

Rows of documents that are not there cannot be: foreign keys see to that.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from nacre.engines.retrieval.folding import folded
from nacre.knowledge.index import Faults
from nacre.knowledge.on_postgres import vectors, wordindex
from nacre.knowledge.on_postgres.driver import Native

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

_OF_COLLECTION = "SELECT id FROM knowledge_base WHERE collection_id = %s"
_TEXTS = "SELECT id, document_id, context || text FROM knowledge_base WHERE collection_id = %s ORDER BY id"
_AT_ONCE = 1000


def faults(database: Native, collection: Row[Any]) -> Faults:
    with_vector, with_words = (
        f"SELECT passage FROM {table}"  # noqa: S608
        for table in (vectors.table_of(collection), wordindex.table_of(collection))
    )
    without_vector = _ids(database, f"{_OF_COLLECTION} EXCEPT {with_vector} ORDER BY 1", collection)
    stray = _ids(database, f"{with_vector} EXCEPT {_OF_COLLECTION}", collection)
    lacking = len(_ids(database, f"{_OF_COLLECTION} EXCEPT {with_words}", collection))
    beyond = len(_ids(database, f"{with_words} EXCEPT {_OF_COLLECTION}", collection))
    words = f"{lacking} passages lack in it, {beyond} are no more" if lacking or beyond else ""
    return Faults(without_vector, len(stray), words, 0)


def mend(database: Native, collection: Row[Any], ids: Sequence[int], made: "Floats") -> None:
    found = faults(database, collection)
    table = vectors.table_of(collection)
    database.execute(f"DELETE FROM {table} WHERE passage NOT IN ({_OF_COLLECTION})", (collection.id,))  # noqa: S608
    rows = database.execute(_TEXTS, (collection.id,)).fetchall()
    documents = {row[0]: row[1] for row in rows}
    lacking = set(found.without_vector)
    put = [at for at, id_ in enumerate(ids) if id_ in lacking]
    vectors.insert(database, collection, [ids[at] for at in put], [documents[ids[at]] for at in put], made[put])
    if found.words:
        database.execute(f"DELETE FROM {wordindex.table_of(collection)}")  # noqa: S608
        for first in range(0, len(rows), _AT_ONCE):
            some = [
                (id_, document, folded(text, collection.folding)) for id_, document, text in rows[first:][:_AT_ONCE]
            ]
            wordindex.insert(database, collection, some)


def _ids(database: Native, statement: str, collection: Row[Any]) -> list[int]:
    return [id_ for (id_,) in database.execute(statement, (collection.id,))]
