"""The words of passages in PostgreSQL: a table of tsvectors for each collection, with a GIN index.

What they are made of is split by engines/retrieval/words.py; PostgreSQL's part is the stems of English. Its own
configuration "english" would leave out the commonest words, which are all that some questions have.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from nacre.engines.retrieval import words
from nacre.knowledge.index import Scored
from nacre.knowledge.on_postgres.conditions import Where
from nacre.knowledge.on_postgres.driver import Native

_MAKE_LANGUAGE = """
CREATE TEXT SEARCH DICTIONARY nacre_stems (TEMPLATE = snowball, LANGUAGE = english);
CREATE TEXT SEARCH CONFIGURATION nacre_words (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION nacre_words
    ADD MAPPING FOR asciiword, word, numword, uint, sfloat WITH nacre_stems;
"""
_PIECE = 50_000
"""Characters of a text that are surely no more than a tsvector holds (1 MB): a longer passage has several."""

_BY_LENGTH = 1
"""Ranks are divided by 1 + the logarithm of the length (PostgreSQL, ranking search results)."""


def make_language(database: Native) -> None:
    """Once in a database; whoever calls has it locked."""
    if not database.execute("SELECT 1 FROM pg_ts_config WHERE cfgname = 'nacre_words'").fetchone():
        database.execute(_MAKE_LANGUAGE)


def make_table(database: Native, collection: Row[Any]) -> None:
    table = table_of(collection)
    database.execute(f"CREATE TABLE {table} (passage bigint NOT NULL, document bigint NOT NULL, words tsvector)")
    database.execute(f"CREATE INDEX ON {table} (document)")
    database.execute(f"CREATE INDEX ON {table} USING gin (words)")


def drop_table(database: Native, collection: Row[Any]) -> None:
    database.execute(f"DROP TABLE IF EXISTS {table_of(collection)}")


def insert(database: Native, collection: Row[Any], rows: Sequence[tuple[int, int, str]]) -> None:
    """`rows` are the numbers of passages and of their documents, with their texts."""
    pieces = [(passage, document, piece) for passage, document, text in rows for piece in _pieces(words.spaced(text))]
    database.execute(
        f"INSERT INTO {table_of(collection)} (passage, document, words) "  # noqa: S608
        "SELECT passage, document, to_tsvector('nacre_words', piece) "
        "FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS pieces (passage, document, piece)",
        tuple(map(list, zip(*pieces, strict=True))),
    )


def delete(database: Native, collection: Row[Any], documents: Sequence[int]) -> None:
    database.execute(f"DELETE FROM {table_of(collection)} WHERE document = ANY(%s)", (list(documents),))  # noqa: S608


def best(database: Native, collection: Row[Any], query: str, limit: int, met: Where) -> list[Scored]:
    """The passages with any word of the query, the best first: by how often words stand in them (ts_rank)."""
    sought = " | ".join(
        f"'{word}':*" if beginning else f"'{word}'" for word, beginning in words.sought(query, bare=True)
    )
    if not sought:
        return []
    passing = "JOIN knowledge_document d ON d.id = w.document" if met.values else ""
    rows = database.execute(
        f"SELECT w.passage, max(ts_rank(w.words, to_tsquery('nacre_words', %s), {_BY_LENGTH})) AS score "  # noqa: S608
        f"FROM {table_of(collection)} w {passing} WHERE w.words @@ to_tsquery('nacre_words', %s) AND {met.sql} "
        "GROUP BY w.passage ORDER BY score DESC, w.passage LIMIT %s",
        (sought, sought, *met.values, limit),
    )
    return [Scored(*row) for row in rows]


def _pieces(spaced: str) -> list[str]:
    """Cut between words."""
    pieces = []
    while len(spaced) > _PIECE:
        cut = spaced.rfind(" ", 0, _PIECE)
        cut = _PIECE if cut < 0 else cut
        pieces.append(spaced[:cut])
        spaced = spaced[cut:]
    return [*pieces, spaced]


def table_of(collection: Row[Any]) -> str:
    return f"knowledge_text_{collection.id:d}"
