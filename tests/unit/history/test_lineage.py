"""Lineage: which generation was live when, and where two of them part."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.core.clock import Clock
from nacre.core.names import Ref
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.history.lineage import Leg, Lineage, fork_of

NOW = datetime(2026, 1, 31, 10, 42, tzinfo=UTC)
SEGMENT = 16 << 20


@pytest.fixture
def catalog(store: Store, tmp_path: Path, clock: Clock) -> Catalog:
    return Catalog(store, SecretBox(tmp_path / "secret.key"), clock, 54320)


@pytest.fixture
def lineage(catalog: Catalog) -> Lineage:
    return Lineage(catalog)


@pytest.fixture
def shop(catalog: Catalog) -> Branch:
    return catalog.add_branch(Ref("shop"), None)


def activate(lineage: Lineage, store: Store, branch: Branch, generation: Generation, since: datetime) -> None:
    with store.write() as connection:
        lineage.activate(connection, branch.id, generation.id, since, 100)


def test_the_generation_live_at_a_time_is_the_last_one_activated_by_then(
    lineage: Lineage, catalog: Catalog, store: Store, shop: Branch
) -> None:
    generations = [catalog.add_generation(shop.id, None, None, 1, SEGMENT) for _ in range(3)]
    for minute, generation in enumerate(generations):
        activate(lineage, store, shop, generation, NOW + timedelta(minutes=minute))
    just = timedelta(microseconds=1)
    assert lineage.live_at(shop, NOW - just) is None
    for minute, generation in enumerate(generations):
        since = NOW + timedelta(minutes=minute)
        for time in (since, since + timedelta(minutes=1) - just):
            live = lineage.live_at(shop, time)
            assert live is not None
            assert (live.generation_id, live.since, live.since_lsn) == (generation.id, since, 100)


def test_taking_an_activation_back_gives_the_time_to_the_one_before_however_often_it_runs(
    lineage: Lineage, catalog: Catalog, store: Store, shop: Branch
) -> None:
    first, second = (catalog.add_generation(shop.id, None, None, 1, SEGMENT) for _ in range(2))
    for minute, generation in enumerate((second, first, second)):
        activate(lineage, store, shop, generation, NOW + timedelta(minutes=minute))
    for _ in range(2):
        with store.write() as connection:
            lineage.take_back(connection, shop.id, second.id)
        assert [each.generation_id for each in lineage.activations(shop.id)] == [second.id, first.id]
    live = lineage.live_at(shop, NOW + timedelta(hours=1))
    assert live is not None
    assert live.generation_id == first.id


def test_taking_back_leaves_other_branches_alone(
    lineage: Lineage, catalog: Catalog, store: Store, shop: Branch
) -> None:
    bank = catalog.add_branch(Ref("bank"), None)
    shared = catalog.add_generation(shop.id, None, None, 1, SEGMENT)
    for branch in (shop, bank):
        activate(lineage, store, branch, shared, NOW)
    with store.write() as connection:
        lineage.take_back(connection, shop.id, shared.id)
    assert lineage.activations(shop.id) == []
    assert len(lineage.activations(bank.id)) == 1


def test_a_chain_runs_from_the_first_ancestor_each_counting_up_to_where_the_next_left_it(
    lineage: Lineage, catalog: Catalog, shop: Branch
) -> None:
    side = catalog.add_branch(Ref("shop", "try-x"), shop.id)
    first = catalog.add_generation(shop.id, None, None, 1, SEGMENT)
    second = catalog.add_generation(shop.id, first.id, 500, 2, SEGMENT)
    third = catalog.add_generation(side.id, second.id, 300, 3, SEGMENT)
    assert lineage.chain(third.id) == [Leg(first, 500), Leg(second, 300), Leg(third, None)]
    assert lineage.chain(first.id) == [Leg(first, None)]


def legs(*generation_ids: int) -> list[Leg]:
    return [Leg(Generation(number, 1, number, 1, None, None, SEGMENT, "kept", NOW), None) for number in generation_ids]


chains = st.lists(st.integers(1, 1000), unique=True, max_size=6)


@given(chains, chains, chains)
def test_two_chains_part_after_the_last_generation_they_share(shared: list[int], a: list[int], b: list[int]) -> None:
    ours, theirs = legs(*shared, *(id_ + 1000 for id_ in a)), legs(*shared, *(id_ + 2000 for id_ in b))
    assert fork_of(ours, theirs) == fork_of(theirs, ours) == len(shared)
    assert fork_of(ours, ours) == len(ours)


def test_the_forks_of_a_real_tree_of_generations(lineage: Lineage, catalog: Catalog, shop: Branch) -> None:
    root = catalog.add_generation(shop.id, None, None, 1, SEGMENT)
    left = catalog.add_generation(shop.id, root.id, 100, 2, SEGMENT)
    right = catalog.add_generation(shop.id, root.id, 200, 3, SEGMENT)
    leaf = catalog.add_generation(shop.id, left.id, 150, 4, SEGMENT)
    bank = catalog.add_generation(catalog.add_branch(Ref("bank"), None).id, None, None, 1, SEGMENT)
    pairs = ((leaf, left, 2), (leaf, right, 1), (leaf, leaf, 3), (leaf, bank, 0))
    for one, other, shared in pairs:
        assert fork_of(lineage.chain(one.id), lineage.chain(other.id)) == shared
