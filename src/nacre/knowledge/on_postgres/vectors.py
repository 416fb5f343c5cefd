"""The vectors of passages in PostgreSQL (pgvector): a table for each collection, and a graph once it is large.

A table of its own lets a collection be searched at what it costs alone, whatever the others hold; while vectors of
another model are made, these are a generation in another table. Whatever is found is
compared once more in 64 bits, so that similarities are those that a store on SQLite tells.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from nacre.knowledge.index import Scored
from nacre.knowledge.on_postgres.conditions import Where
from nacre.knowledge.on_postgres.driver import Native

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nacre.knowledge.embedding import Floats

GRAPH_FROM_BYTES = 16 << 20
"""From how large on a collection has a graph (HNSW): this much is scanned in some 10 ms."""

_MOST_NUMBERS = 2000
_MOST_HALVES = 4000
"""Vectors of more cannot be in a graph (pgvector, README: HNSW), of single or of half the precision."""

_GRAPH = "m = 16, ef_construction = 64"
_KEPT, _KEPT_FILTERED, _MOST_KEPT = 100, 400, 1000
"""How many a search of the graph keeps in hand (ef_search), more where a filter takes most of them away; as many as are
wanted if these are more, up to what pgvector lets."""

_LEFT_AFTER = 20
"""One passage in so many is looked at in the graph before all are scanned, where a filter lets too few pass: to come
upon one there costs some ten times as much."""

_PASSING = 100
"""As many have to pass a filter in the graph: the nearest few of the first few that pass are often not the nearest."""

_ROW_BYTES = 64
"""Of a row, beside its vector."""

_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ %s AND pg_table_is_visible(oid)"

_ALSO = 16
"""How many more than are wanted are compared in 64 bits: sums of 32 may have the last of them in another order."""


def make_table(database: Native, collection: Row[Any]) -> None:
    table = table_of(collection)
    database.execute(
        f"CREATE TABLE {table} (passage bigint PRIMARY KEY, document bigint NOT NULL, "
        f"embedding vector({collection.dimension:d}) NOT NULL)"
    )
    if collection.dimension <= _MOST_NUMBERS:  # elsewhere than in their row they are read many times as slowly
        database.execute(f"ALTER TABLE {table} ALTER embedding SET STORAGE PLAIN")
    database.execute(f"CREATE INDEX ON {table} (document)")


def drop_tables(database: Native, collection: Row[Any]) -> None:
    """Those of all generations."""
    own = f"^{_name(collection.id, 0)}(_[0-9]+)?$"
    for (table,) in database.execute(_TABLES, (own,)).fetchall():
        database.execute(f"DROP TABLE {table}")


def drop_generation(database: Native, collection_id: int, generation: int) -> None:
    database.execute(f"DROP TABLE IF EXISTS {_name(collection_id, generation)}")


def insert(
    database: Native, collection: Row[Any], ids: Sequence[int], documents: Sequence[int], vectors: "Floats"
) -> None:
    copying = f"COPY {table_of(collection)} (passage, document, embedding) FROM STDIN"
    with database.cursor() as cursor, cursor.copy(copying) as copy:
        for passage, document, vector in zip(ids, documents, vectors, strict=True):
            copy.write_row((passage, document, _written(vector)))


def delete(database: Native, collection_id: int, generation: int, documents: Sequence[int]) -> None:
    table = _name(collection_id, generation)
    database.execute(f"DELETE FROM {table} WHERE document = ANY(%s)", (list(documents),))  # noqa: S608


def make_graph(database: Native, collection: Row[Any], from_bytes: int) -> None:
    """Once the vectors of a collection are this many, unless there is one, or they cannot be in one."""
    kind = _graphed(collection)
    if kind is None or has_graph(database, collection):
        return
    table = table_of(collection)
    (size,) = database.execute("SELECT pg_table_size(%s::regclass)", (table,)).fetchone() or (0,)
    if size >= from_bytes:
        operators = f"{kind}_l2_ops" if collection.metric == "l2" else f"{kind}_ip_ops"
        database.execute(
            f"CREATE INDEX {table}_graph ON {table} USING hnsw (({_as(collection, kind)}) {operators}) WITH ({_GRAPH})"
        )


def has_graph(database: Native, collection: Row[Any]) -> bool:
    return database.execute("SELECT to_regclass(%s)", (f"{table_of(collection)}_graph",)).fetchone() != (None,)


def scanned(database: Native, collection: Row[Any], query: "Floats", limit: int, met: Where) -> list[Scored]:
    """The nearest of all that meet the conditions. Zero is added so that no graph is taken for the order."""
    passing = "JOIN knowledge_document d ON d.id = v.document " if met.values else ""
    rows = database.cursor(binary=True).execute(
        f"SELECT v.passage, v.embedding FROM {table_of(collection)} v {passing}WHERE {met.sql} "  # noqa: S608
        f"ORDER BY (v.embedding {_operator(collection)} %s::vector) + 0, v.passage LIMIT %s",
        (*met.values, _written(query), limit + _ALSO),
    )
    return _scored(collection, rows.fetchall(), query)[:limit]


def followed(database: Native, collection: Row[Any], query: "Floats", limit: int, met: Where) -> list[Scored] | None:
    """Those that the graph leads to; None where it was left before there were enough."""
    kind = _graphed(collection)
    assert kind is not None
    passing, kept, wanted = "true", _KEPT, limit
    if met.values:
        passing = f"(SELECT {met.sql} FROM knowledge_document d WHERE d.id = v.document)"  # noqa: S608
        kept, wanted = _KEPT_FILTERED, max(limit, _PASSING)
    with database.transaction(), database.cursor(binary=True) as cursor:
        cursor.execute(
            "SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), "
            "set_config('hnsw.ef_search', %s, true), "
            "set_config('hnsw.max_scan_tuples', (1 + pg_table_size(%s::regclass) / %s)::text, true), "
            "set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)",
            (
                f"{min(max(kept, limit), _MOST_KEPT)}",
                table_of(collection),
                _LEFT_AFTER * (4 * collection.dimension + _ROW_BYTES),
            ),
        )
        cursor.execute(
            f"SELECT v.passage, v.embedding FROM {table_of(collection)} v WHERE {passing} "  # noqa: S608
            f"ORDER BY ({_as(collection, kind, 'v.')}) {_operator(collection)} "
            f"%s::{kind}({collection.dimension:d}) LIMIT %s",
            (*met.values, _written(query), wanted),
        )
        rows = cursor.fetchall()
    return _scored(collection, rows, query)[:limit] if len(rows) == wanted else None


def similarities(database: Native, collection: Row[Any], query: "Floats", ids: Sequence[int]) -> dict[int, float]:
    rows = database.cursor(binary=True).execute(
        f"SELECT passage, embedding FROM {table_of(collection)} WHERE passage = ANY(%s)",  # noqa: S608
        (list(ids),),
    )
    return dict(_scored(collection, rows.fetchall(), query))


def of(database: Native, collection: Row[Any], ids: Sequence[int]) -> "Floats":
    """The vectors of these passages, in their order."""
    import numpy as np

    rows = database.cursor(binary=True).execute(
        f"SELECT passage, embedding FROM {table_of(collection)} WHERE passage = ANY(%s)",  # noqa: S608
        (list(ids),),
    )
    found: dict[int, bytes] = dict(rows.fetchall())
    return _read([found[one] for one in ids], collection.dimension).astype(np.float32)


def _scored(collection: Row[Any], rows: Sequence[tuple[int, bytes]], query: "Floats") -> list[Scored]:
    """The best first, equals in the order of their numbers."""
    import numpy as np

    vectors = _read([vector for _, vector in rows], collection.dimension)
    wide = query.astype(np.float64)
    scores = -np.linalg.norm(vectors - wide, axis=1) if collection.metric == "l2" else vectors @ wide
    pairs = zip((passage for passage, _ in rows), scores.tolist(), strict=True)
    return sorted((Scored(*pair) for pair in pairs), key=lambda one: (-one.score, one.id))


def _read(sent: Sequence[bytes], dimension: int) -> "NDArray[np.float64]":
    """Vectors as pgvector sends them: after four bytes each, in the order of networks (vector_send)."""
    import numpy as np

    numbers = np.frombuffer(b"".join(one[4:] for one in sent), ">f4")
    return numbers.astype(np.float64).reshape(len(sent), dimension)


def _written(vector: "Floats") -> str:
    return f"[{','.join(map(repr, vector.tolist()))}]"


def _graphed(collection: Row[Any]) -> str | None:
    """The type that is in the graph. Halves hold small numbers alone, as those of vectors of length one are."""
    if collection.dimension <= _MOST_NUMBERS:
        return "vector"
    return "halfvec" if collection.dimension <= _MOST_HALVES and collection.metric == "cosine" else None


def _as(collection: Row[Any], kind: str, of: str = "") -> str:
    return f"{of}embedding::{kind}({collection.dimension:d})"


def _operator(collection: Row[Any]) -> str:
    """Less is nearer: the distance, or the inner product with a minus, which of vectors of length one is the cosine."""
    return "<->" if collection.metric == "l2" else "<#>"


def table_of(collection: Row[Any]) -> str:
    return _name(collection.id, collection.generation)


def _name(collection_id: int, generation: int) -> str:
    return f"knowledge_vector_{collection_id:d}" + (f"_{generation:d}" if generation else "")
