"""Knowledge on each database that it works on: SQLite, as the control plane's store, and a real PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import inspect, text
from tests.database import OnPostgres, postgres_with
from tests.integration.knowledge.conftest import Library

from nacre.core.store.store import Store
from nacre.core.store.tables import metadata
from nacre.knowledge.index import Index
from nacre.knowledge.kinds import index_of
from nacre.knowledge.on_postgres.index import OnPostgres as PostgresIndex
from nacre.knowledge.recall import Sampler
from nacre.knowledge.tables import is_knowledge

GRAPH_FROM_BYTES = 64 << 10
"""Small, so that a few hundred vectors are searched as very many are."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[OnPostgres]:
    with postgres_with([table for table in metadata.sorted_tables if is_knowledge(table.name)]) as engine:
        yield OnPostgres(engine)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(tmp_path_factory.mktemp("knowledge") / "data.db")
    yield store
    store.close()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def library(request: pytest.FixtureRequest) -> Library:
    return opened(request.getfixturevalue(request.param))


def opened(store: Store | OnPostgres, **more: Any) -> Library:
    """As a daemon that has just begun finds it; `more` as Library.over takes it."""
    index: Index = index_of(store)
    if isinstance(store, OnPostgres):
        assert isinstance(index, PostgresIndex), "the index is of the database's kind"
        index = PostgresIndex(store, GRAPH_FROM_BYTES)
    return Library.over(store, Sampler(one_in=1), index=index, **more)


def on_postgres(library: Library) -> bool:
    return isinstance(library.store, OnPostgres)


def tables_of(library: Library, name: str) -> list[str]:
    """Those that are this collection's alone."""
    with library.store.read() as connection:
        find = text("SELECT id FROM knowledge_collection WHERE name = :name")
        number = connection.execute(find, {"name": name}).scalar_one()
    return [
        table for table in all_tables(library) if table in (f"knowledge_text_{number}", f"knowledge_vector_{number}")
    ]


def all_tables(library: Library) -> list[str]:
    with library.store.read() as connection:
        return inspect(connection).get_table_names()


@contextmanager
def words_that_fail(library: Library, name: str) -> Iterator[None]:
    """For the length of the block the words of a collection, which are written last of all, cannot be written."""
    with library.store.write() as connection:
        find = text("SELECT id FROM knowledge_collection WHERE name = :name")
        number = connection.execute(find, {"name": name}).scalar_one()
        if connection.dialect.name == "postgresql":
            table = f"knowledge_text_{number}"
            connection.execute(
                text("CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no words''; END'")
            )
            connection.execute(text(f"CREATE TRIGGER fails BEFORE INSERT ON {table} EXECUTE FUNCTION fails()"))
            mend = "DROP FUNCTION fails CASCADE"
        else:
            table = f"knowledge_text_{number}_docsize"
            connection.execute(
                text(f"CREATE TRIGGER fails AFTER INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no words'); END")
            )
            mend = "DROP TRIGGER fails"
    try:
        yield
    finally:
        with library.store.write() as connection:
            connection.execute(text(mend))
