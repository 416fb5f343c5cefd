"""What is kept in memory of the store: never anything older than the last write, nor older than a few seconds."""

from datetime import UTC, datetime, timedelta

from nacre.accounts.remembered import Remembered
from nacre.core.store.store import Store

NOW = datetime(2026, 1, 31, 10, 42, tzinfo=UTC)


def test_any_write_makes_all_of_it_forgotten(store: Store) -> None:
    kept: Remembered[str] = Remembered(store)
    kept.put("a", "one", NOW, store.version)
    assert kept.get("a", NOW) == "one"
    with store.write():
        pass
    assert kept.get("a", NOW) is None


def test_what_was_read_before_a_write_is_not_kept_after_it(store: Store) -> None:
    kept: Remembered[str] = Remembered(store)
    version = store.version
    with store.write():
        pass
    kept.put("a", "stale", NOW, version)
    assert kept.get("a", NOW) is None


def test_a_write_that_fails_counts_as_well(store: Store) -> None:
    kept: Remembered[str] = Remembered(store)
    kept.put("a", "one", NOW, store.version)
    try:
        with store.write():
            raise ValueError
    except ValueError:
        pass
    assert kept.get("a", NOW) is None


def test_it_is_forgotten_by_itself_before_long(store: Store) -> None:
    kept: Remembered[str] = Remembered(store)
    kept.put("a", "one", NOW, store.version)
    assert kept.get("a", NOW + timedelta(seconds=9)) == "one"
    assert kept.get("a", NOW + timedelta(seconds=10)) is None
