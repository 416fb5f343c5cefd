"""The words of passages: a full-text index (SQLite's FTS5) for each collection, so that what is rare is rare in it.

An index holds no text, only which passages have which words; what it is fed is made by engines/retrieval/words.py.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import apsw
from sqlalchemy import Connection

from nacre.engines.retrieval import words
from nacre.knowledge.index import Scored
from nacre.knowledge.on_sqlite.conditions import Where

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PAGES_CLEARED = 500
"""In one transaction: those of an index of 4 KB each."""

_THERE = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN (?, ?)"


def make_index(connection: Connection, collection_id: int) -> None:
    connection.exec_driver_sql(_make(collection_id))


def clear(database: apsw.Connection, collection_id: int) -> bool:
    """Remove some of an index; whether there may be more.

    Dropping one that is large takes long. First its pages are made a table of its own, so that it is gone without them.
    """
    table, left = _table(collection_id), f"knowledge_left_{collection_id:d}"
    there = {name for (name,) in database.execute(_THERE, (table, left))}
    if table in there:
        database.execute(f"ALTER TABLE {table}_data RENAME TO {left}; DROP TABLE {table}")
        return True
    if left not in there:
        return False
    database.execute(f"DELETE FROM {left} WHERE id IN (SELECT id FROM {left} LIMIT {_PAGES_CLEARED})")  # noqa: S608
    if not database.changes():
        database.execute(f"DROP TABLE {left}")
    return True


def count(database: apsw.Connection, collection_id: int) -> int:
    """Of how many passages it has words; -1 where there is none."""
    table = _table(collection_id)
    if not database.execute(_THERE, (table, table)).fetchall():
        return -1
    return int(database.execute(f"SELECT count(*) FROM {table}_docsize").get)  # noqa: S608


def fault(database: apsw.Connection, collection_id: int, passages: "NDArray[np.int64]") -> str:
    """What is wrong with it: whether it has words of these passages, in their order, and whether it is whole."""
    import numpy as np

    table = _table(collection_id)
    if count(database, collection_id) < 0:
        return "there is no index of words"
    try:
        has = np.fromiter((id_ for (id_,) in database.execute(f"SELECT id FROM {table}_docsize ORDER BY id")), np.int64)  # noqa: S608
        told = [line for (line,) in database.execute(f"PRAGMA quick_check('{table}')") if line != "ok"]
    except apsw.CorruptError as error:
        return str(error)
    if told:
        return str(told[0])
    lacking, beyond = np.setdiff1d(passages, has), np.setdiff1d(has, passages)
    return f"{len(lacking)} passages lack in it, {len(beyond)} are no more" if len(lacking) or len(beyond) else ""


def make_anew(database: apsw.Connection, collection_id: int) -> None:
    """Empty, in the place of one that may be damaged. Raises apsw.CorruptError where even its pages cannot be freed."""
    table = _table(collection_id)
    for part in ("", "_data", "_idx", "_docsize", "_config"):
        database.execute(f"DROP TABLE IF EXISTS {table}{part}")
    database.execute(_make(collection_id))


def insert(database: apsw.Connection, collection_id: int, rows: Sequence[tuple[int, str]]) -> None:
    """`rows` are the numbers of passages with their texts."""
    database.executemany(
        f"INSERT INTO {_table(collection_id)} (rowid, text) VALUES (?, ?)",  # noqa: S608
        ((one, words.indexed(text)) for one, text in rows),
    )


def delete(database: apsw.Connection, collection_id: int, ids: Sequence[int]) -> None:
    database.executemany(f"DELETE FROM {_table(collection_id)} WHERE rowid = ?", ((one,) for one in ids))  # noqa: S608


def best(connection: Connection, collection_id: int, query: str, limit: int, met: Where) -> list[Scored]:
    """The passages with any word of the query, the best first, by BM25."""
    expression = words.match(query)
    if expression is None:
        return []
    table = _table(collection_id)
    if not met.values:
        found = connection.exec_driver_sql(
            f"SELECT rowid, -rank AS score FROM {table} WHERE {table} MATCH ? ORDER BY rank LIMIT ?",  # noqa: S608
            (expression, limit),
        )
    else:
        found = connection.exec_driver_sql(
            f"SELECT t.rowid, -t.rank AS score FROM {table} t JOIN knowledge_base p ON p.id = t.rowid "  # noqa: S608
            f"JOIN knowledge_document d ON d.id = p.document_id WHERE {table} MATCH ? AND {met.sql} "
            "ORDER BY t.rank LIMIT ?",
            (expression, *met.values, limit),
        )
    return [Scored(row[0], row[1]) for row in found]


def _table(collection_id: int) -> str:
    return f"knowledge_text_{collection_id:d}"


def _make(collection_id: int) -> str:
    return (
        f"CREATE VIRTUAL TABLE {_table(collection_id)} USING "
        f"fts5(text, content='', contentless_delete=1, tokenize='{words.TOKENIZER}')"
    )
