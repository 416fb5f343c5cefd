"""The words of passages: a full-text index (SQLite's FTS5) for each collection, so that what is rare is rare in it.

An index holds no text, only which passages have which words; what it is fed is made by engines/retrieval/words.py.
"""

from collections.abc import Sequence

import apsw
from sqlalchemy import Connection

from nacre.engines.retrieval import words
from nacre.knowledge.index import Scored
from nacre.knowledge.on_sqlite.conditions import Where

_PAGES_CLEARED = 500
"""In one transaction: those of an index of 4 KB each."""

_THERE = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN (?, ?)"


def make_index(connection: Connection, collection_id: int) -> None:
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE {_table(collection_id)} USING "
        f"fts5(text, content='', contentless_delete=1, tokenize='{words.TOKENIZER}')"
    )


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
