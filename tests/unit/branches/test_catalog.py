"""The catalog: names and ports are claimed once, credentials lie sealed, generations count up."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from nacre.branches.catalog import Catalog
from nacre.core.clock import Clock
from nacre.core.names import Ref
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store

Refused = Callable[..., None]
SHOP, SIDE, BANK = Ref("shop"), Ref("shop", "try-x"), Ref("bank")
SEGMENT = 16 << 20


@pytest.fixture
def listening() -> Iterator[int]:
    """A port that something listens on, with free ones above it."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox(tmp_path / "secret.key")


@pytest.fixture
def catalog(store: Store, box: SecretBox, clock: Clock) -> Catalog:
    return Catalog(store, box, clock, 54320)


def test_a_new_branch_is_being_created_and_belongs_to_its_project(catalog: Catalog) -> None:
    branch = catalog.add_branch(SHOP, None)
    assert (branch.ref, branch.state, branch.parent_id, branch.generation_id) == (SHOP, "creating", None, None)
    assert catalog.branch(SHOP) == catalog.branch_by_id(branch.id) == branch
    assert catalog.project("shop").id == branch.project_id


def test_projects_and_branches_are_listed(catalog: Catalog) -> None:
    shop, bank = catalog.add_branch(SHOP, None), catalog.add_branch(BANK, None)
    side = catalog.add_branch(SIDE, shop.id)
    assert [project.name for project in catalog.all_projects()] == ["bank", "shop"]
    assert catalog.all_branches() == [shop, bank, side]
    assert catalog.all_branches(shop.project_id) == [shop, side]
    assert catalog.children(shop.id) == [side]


def test_a_name_is_claimed_once(catalog: Catalog, refused_with: Refused) -> None:
    shop = catalog.add_branch(SHOP, None)
    catalog.add_branch(SIDE, shop.id)
    catalog.add_branch(Ref("bank", "try-x"), None)
    before = catalog.all_branches()
    refused_with("project-exists", catalog.add_branch, SHOP, None)
    refused_with("branch-exists", catalog.add_branch, SIDE, shop.id)
    assert catalog.all_branches() == before


def test_what_does_not_exist_is_not_found(catalog: Catalog, refused_with: Refused) -> None:
    catalog.add_branch(SHOP, None)
    refused_with("project-not-found", catalog.project, "bank")
    refused_with("project-not-found", catalog.branch, BANK)
    refused_with("branch-not-found", catalog.branch, SIDE)


def test_a_branch_keeps_its_port_for_life(catalog: Catalog, store: Store, box: SecretBox, clock: Clock) -> None:
    shop = catalog.add_branch(SHOP, None)
    catalog.add_branch(BANK, None)
    catalog.set_state(shop.id, "running")
    restarted = Catalog(store, box, clock, 60000)
    assert restarted.branch(SHOP).port == shop.port
    assert restarted.branch(SHOP).state == "running"


def test_every_branch_has_a_port_of_its_own_also_when_claimed_at_once(catalog: Catalog) -> None:
    with ThreadPoolExecutor(8) as pool:
        branches = list(pool.map(lambda n: catalog.add_branch(Ref(f"p{n}"), None), range(24)))
    assert len({branch.port for branch in branches}) == 24
    assert min(branch.port for branch in branches) >= 54320


def test_of_two_who_claim_one_name_at_once_one_gets_it(catalog: Catalog) -> None:
    def claim(_: int) -> bool:
        try:
            catalog.add_branch(SHOP, None)
        except Exception:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(8))) == 1


def test_a_port_in_use_is_passed_over(store: Store, box: SecretBox, clock: Clock, listening: int) -> None:
    assert Catalog(store, box, clock, listening).add_branch(SHOP, None).port > listening


def test_a_port_that_became_free_is_given_again(catalog: Catalog) -> None:
    shop = catalog.add_branch(SHOP, None)
    catalog.remove_branch(shop.id)
    assert catalog.add_branch(SIDE, None).port == shop.port


def test_without_a_free_port_the_claim_is_refused_and_nothing_stays(
    store: Store, box: SecretBox, clock: Clock, refused_with: Refused
) -> None:
    catalog = Catalog(store, box, clock, 65536)
    refused_with("no-free-port", catalog.add_branch, SHOP, None)
    assert catalog.all_projects() == []


def test_credentials_differ_per_branch_and_role_and_lie_sealed(catalog: Catalog, store: Store) -> None:
    branches = [catalog.add_branch(ref, None) for ref in (SHOP, SIDE, BANK)]
    passwords = [read(branch) for branch in branches for read in (catalog.password, catalog.admin_password)]
    assert len(set(passwords)) == 6
    written = b"".join(path.read_bytes() for path in store.path.parent.glob("data.db*"))
    assert b"try-x" in written
    assert not any(password.encode() in written for password in passwords)


def test_credentials_cannot_be_read_with_another_key(
    catalog: Catalog, store: Store, clock: Clock, tmp_path: Path, refused_with: Refused
) -> None:
    shop = catalog.add_branch(SHOP, None)
    stranger = Catalog(store, SecretBox(tmp_path / "another.key"), clock, 54320)
    refused_with("secret-unreadable", stranger.password, shop)


def test_generations_count_per_branch_and_know_where_they_left_their_parent(catalog: Catalog) -> None:
    shop, bank = catalog.add_branch(SHOP, None), catalog.add_branch(BANK, None)
    first = catalog.add_generation(shop.id, None, None, 1, SEGMENT)
    second = catalog.add_generation(shop.id, first.id, 2**62, 2, SEGMENT)
    other = catalog.add_generation(bank.id, first.id, 7, 2, SEGMENT)
    assert [first.number, second.number, other.number] == [1, 2, 1]
    assert (second.parent_id, second.start_lsn, second.state) == (first.id, 2**62, "recovering")
    assert catalog.generations_of(shop.id) == [first, second]
    assert catalog.generations_from(first.id) == [second, other]
    assert catalog.generation(second.id) == second


def test_a_generation_changes_state_and_goes(catalog: Catalog) -> None:
    generation = catalog.add_generation(catalog.add_branch(SHOP, None).id, None, None, 1, SEGMENT)
    catalog.update_generation(generation.id, state="kept", timeline=3)
    changed = catalog.generation(generation.id)
    assert (changed.state, changed.timeline) == ("kept", 3)
    catalog.remove_generation(generation.id)
    assert catalog.generations_of(generation.branch_id) == []


def test_what_others_descend_from_cannot_be_removed(catalog: Catalog) -> None:
    shop = catalog.add_branch(SHOP, None)
    generation = catalog.add_generation(shop.id, None, None, 1, SEGMENT)
    catalog.add_generation(catalog.add_branch(SIDE, shop.id).id, generation.id, 1, 2, SEGMENT)
    for remove, number in (
        (catalog.remove_branch, shop.id),
        (catalog.remove_generation, generation.id),
        (catalog.remove_project, shop.project_id),
    ):
        with pytest.raises(IntegrityError):
            remove(number)
    assert catalog.branch(SHOP) == shop
