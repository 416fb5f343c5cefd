"""What the registry's tables say, on each database that they may lie in: SQLite and a real PostgreSQL."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection
from tests.database import OnPostgres, postgres_with

from nacre.core.store.store import Store
from nacre.engines.oci.digests import Digest, digest_of
from nacre.engines.oci.manifest import Descriptor
from nacre.images import book
from nacre.images.repository import Repository, parse_repository
from nacre.images.tables import contents, tags

NOW = datetime(2026, 1, 31, 10, 42, 0, 123456, tzinfo=UTC)
SHOP, OTHER = parse_repository("shop/shop"), parse_repository("shop/other")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store | OnPostgres]:
    if request.param == "sqlite":
        with closing(Store(tmp_path_factory.mktemp("images") / "data.db")) as store:
            yield store
    else:
        with postgres_with([contents, tags]) as engine:
            yield OnPostgres(engine)


@pytest.fixture
def connection(database: Store | OnPostgres) -> Iterator[Connection]:
    """On empty tables, in a transaction."""
    with database.write() as connection:
        for table in (contents, tags):
            connection.execute(table.delete())
        yield connection


def part(words: str) -> Descriptor:
    return Descriptor("application/x", digest_of(words.encode()), 5 << 32)


def listed(connection: Connection, words: str, place: Repository = SHOP, **more: object) -> Digest:
    book.link(connection, place, part(words), str(more.pop("kind", "blob")), NOW, **more)  # type: ignore[arg-type]
    return part(words).digest


def test_what_is_listed_again_is_listed_once_and_a_manifest_stays_one(connection: Connection) -> None:
    digest = listed(connection, "a", kind="manifest", subject=part("b").digest)
    book.link(connection, SHOP, part("a"), "blob", NOW + timedelta(days=1))
    found = book.find(connection, SHOP, digest)
    assert found is not None
    assert (found.kind, found.size_bytes, found.linked_at) == ("manifest", 5 << 32, NOW + timedelta(days=1))
    assert book.about(connection, SHOP, part("b").digest) == [found] == book.manifests(connection)
    blob = listed(connection, "c")
    book.link(connection, SHOP, part("c"), "manifest", NOW)
    assert [each.digest for each in book.manifests(connection)] == [blob, digest], "by when they were listed"


def test_a_tag_moves_and_goes_with_what_it_means(connection: Connection) -> None:
    first, second = listed(connection, "a"), listed(connection, "b")
    book.set_tag(connection, SHOP, "release-1", first, NOW, release=1)
    book.set_tag(connection, SHOP, "release-1", second, NOW, release=2)
    book.set_tag(connection, SHOP, "Mine", first, NOW)
    book.set_tag(connection, OTHER, "a", first, NOW)
    moved = book.tag_of(connection, SHOP, "release-1")
    assert moved is not None and (moved.digest, moved.release) == (second, 2)
    assert [each.tag for each in book.all_tags(connection, SHOP)] == ["Mine", "release-1"]
    assert [str(each.place) for each in book.all_tags(connection)] == ["shop/other", "shop/shop", "shop/shop"]
    assert book.unlink(connection, SHOP, first) and not book.unlink(connection, SHOP, first)
    assert [each.tag for each in book.all_tags(connection)] == ["a", "release-1"], "others' tags of it stay"
    assert book.remove_tag(connection, OTHER, "a") and not book.remove_tag(connection, OTHER, "a")
    assert book.tag_of(connection, OTHER, "a") is None


def test_more_digests_than_one_statement_takes_are_looked_up(connection: Connection) -> None:
    there = {listed(connection, str(number)) for number in range(900)}
    listed(connection, "elsewhere", OTHER)
    asked = [*there, part("elsewhere").digest, part("nowhere").digest]
    assert book.listed(connection, SHOP, asked) == there
    assert book.listed(connection, SHOP, []) == set()
    assert book.everything(connection) == there | {part("elsewhere").digest}


def test_only_what_is_old_and_unneeded_is_struck_out(connection: Connection) -> None:
    old, needed = listed(connection, "old"), listed(connection, "needed")
    listed(connection, "old", OTHER)
    book.link(connection, SHOP, part("young"), "blob", NOW + timedelta(microseconds=1))
    gone = book.forget_unneeded(
        connection, {("shop/shop", needed), ("shop/other", old)}, NOW + timedelta(microseconds=1)
    )
    assert gone == 1
    assert book.find(connection, SHOP, old) is None
    assert book.everything(connection) == {old, needed, part("young").digest}


def test_a_project_is_forgotten_whole_and_an_app_alone(connection: Connection) -> None:
    stranger = parse_repository("shops/shop")
    for place in (SHOP, OTHER, stranger):
        listed(connection, "a", place)
        book.set_tag(connection, place, "a", part("a").digest, NOW)
    book.forget(connection, "shop", "shop")
    assert [book.knows(connection, place) for place in (SHOP, OTHER, stranger)] == [False, True, True]
    book.forget(connection, "shop", None)
    assert [book.knows(connection, place) for place in (OTHER, stranger)] == [False, True]
    assert [str(each.place) for each in book.all_tags(connection)] == ["shops/shop"]
