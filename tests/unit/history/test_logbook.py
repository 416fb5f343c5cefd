"""The log: entries numbered per project, found by number or label, labels that can mean nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nacre.branches.catalog import Branch, Catalog
from nacre.core.clock import Clock
from nacre.core.errors import NacreError
from nacre.core.moments import AtEntry, parse_moment
from nacre.core.names import Ref
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.history.logbook import Entry, Logbook

Refused = Callable[..., None]
NOW = datetime(2026, 1, 31, 10, 42, tzinfo=UTC)


@pytest.fixture
def catalog(store: Store, tmp_path: Path, clock: Clock) -> Catalog:
    return Catalog(store, SecretBox(tmp_path / "secret.key"), clock, 54320)


@pytest.fixture
def logbook(store: Store) -> Logbook:
    return Logbook(store)


@pytest.fixture
def shop(catalog: Catalog) -> Branch:
    return catalog.add_branch(Ref("shop"), None)


@pytest.fixture
def entry(catalog: Catalog, shop: Branch) -> Entry:
    generation = catalog.add_generation(shop.id, None, None, 1, 16 << 20)
    return Entry(0, shop.id, "checkpoint", NOW, None, "owner:owner", generation.id, 0x1_0000_0028, 7, {"phase": "x"})


def add(logbook: Logbook, store: Store, branch: Branch, entry: Entry, label: str | None = None) -> int:
    with store.write() as connection:
        return logbook.add(connection, branch, replace(entry, branch_id=branch.id, label=label))


def test_an_entry_comes_back_as_it_was_written(logbook: Logbook, store: Store, shop: Branch, entry: Entry) -> None:
    number = add(logbook, store, shop, entry, "loaded")
    assert logbook.entries(shop.id) == [replace(entry, number=number, label="loaded")]


def test_numbers_count_per_project_across_its_branches(
    logbook: Logbook, store: Store, catalog: Catalog, shop: Branch, entry: Entry
) -> None:
    side = catalog.add_branch(Ref("shop", "try-x"), shop.id)
    bank = catalog.add_branch(Ref("bank"), None)
    assert [add(logbook, store, branch, entry) for branch in (shop, side, bank, shop)] == [1, 2, 1, 3]
    assert [each.number for each in logbook.entries(shop.id)] == [1, 3]


def test_an_entry_is_found_by_number_or_label_the_newest_of_a_label_first(
    logbook: Logbook, store: Store, shop: Branch, entry: Entry
) -> None:
    for label in ("a", "b", "a"):
        add(logbook, store, shop, entry, label)
    assert logbook.find(shop, 2, None).label == "b"
    assert logbook.find(shop, None, "a").number == 3


def test_a_run_writes_its_entry_once_however_often_its_step_runs(logbook: Logbook, shop: Branch, entry: Entry) -> None:
    numbers = [logbook.add_once(shop, replace(entry, detail={"run": run})) for run in ("a", "a", "b", "a")]
    assert numbers == [1, 1, 2, 1]
    assert [each.detail["run"] for each in logbook.entries(shop.id)] == ["a", "b"]


def test_what_is_not_in_the_log_of_this_branch_is_not_found(
    logbook: Logbook, store: Store, catalog: Catalog, shop: Branch, entry: Entry, refused_with: Refused
) -> None:
    add(logbook, store, shop, entry, "a")
    side = catalog.add_branch(Ref("shop", "try-x"), shop.id)
    refused_with("moment-not-found", logbook.find, side, 1, None)
    refused_with("moment-not-found", logbook.find, shop, 2, None)
    refused_with("moment-not-found", logbook.find, shop, None, "b")


def test_an_entry_is_written_with_its_transaction_or_not_at_all(
    logbook: Logbook, store: Store, shop: Branch, entry: Entry
) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as connection:
        logbook.add(connection, shop, entry)
        raise ZeroDivisionError
    assert logbook.entries(shop.id) == []


@pytest.mark.parametrize("label", ["loaded the data", "v1.2", "上线", "10 monkeys", "a" * 200])
def test_a_label_that_can_mean_nothing_else_is_taken(logbook: Logbook, shop: Branch, label: str) -> None:
    logbook.check_label(shop, label)


@pytest.mark.parametrize(
    "label",
    [
        "",
        " ",
        " a",
        "a ",
        "a\nb",
        "a\x1b[31m",
        "a" * 201,
        "12",
        "#12",
        "#a",
        "-x",
        "before 12",
        "before #12",
        "10m",
        "2 h",
        "90s ago",
        "now",
        "2026-01-31",
        "2026-01-31 release",
    ],
)
def test_a_label_that_would_be_read_otherwise_is_refused(
    logbook: Logbook, shop: Branch, label: str, refused_with: Refused
) -> None:
    refused_with("bad-label", logbook.check_label, shop, label)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(label=st.text(max_size=30))
def test_every_label_taken_names_its_entry_as_a_moment(logbook: Logbook, shop: Branch, label: str) -> None:
    try:
        logbook.check_label(shop, label)
    except NacreError:
        return
    assert parse_moment(label, NOW) == AtEntry(label=label)


def test_a_label_is_used_once_per_branch(
    logbook: Logbook, store: Store, catalog: Catalog, shop: Branch, entry: Entry, refused_with: Refused
) -> None:
    add(logbook, store, shop, entry, "loaded")
    refused_with("label-exists", logbook.check_label, shop, "loaded")
    logbook.check_label(catalog.add_branch(Ref("shop", "try-x"), shop.id), "loaded")
