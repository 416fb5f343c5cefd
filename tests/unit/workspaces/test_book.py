"""The rows of workspaces: one for each person and branch, and a token that is gone when the workspace is."""

from pathlib import Path

import pytest

from nacre.branches.catalog import Catalog
from nacre.core.clock import Clock
from nacre.core.names import Ref
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.workspaces.book import Book
from nacre.workspaces.doorkeeper import Doorkeeper

SHOP, SIDE = Ref("shop"), Ref("shop", "try-x")


@pytest.fixture
def catalog(store: Store, clock: Clock, tmp_path: Path) -> Catalog:
    return Catalog(store, SecretBox(tmp_path / "secret.key"), clock, 54320)


@pytest.fixture
def book(store: Store, clock: Clock) -> Book:
    return Book(store, clock)


def test_a_person_has_one_workspace_on_a_branch(catalog: Catalog, book: Book):
    branch = catalog.add_branch(SHOP, None)
    ann = book.claim("ann", branch.id)
    assert book.claim("ann", branch.id) == ann
    bob = book.claim("bob", branch.id)
    assert (ann.ref, ann.state, bob.id != ann.id) == (SHOP, "stopped", True)
    assert book.find("ann", SHOP) == ann
    assert book.find("ann", SIDE) is None
    assert book.all() == [ann, bob]
    book.remove(ann.id)
    assert book.all(branch.id) == [bob]


def test_a_token_works_while_the_workspace_runs_and_only_the_last_one(catalog: Catalog, book: Book):
    ann = book.claim("ann", catalog.add_branch(SHOP, None).id)
    book.give_token(ann.id, "first")
    book.started(ann.id, "in use")
    book.give_token(ann.id, "second")
    found = book.of_token("second")
    assert found is not None
    assert (found.id, book.of_token("first")) == (ann.id, None)
    book.stopped(ann.id, "idle")
    assert book.of_token("second") is None


def test_a_token_stands_for_its_person_on_its_branch_as_a_user_at_most(catalog: Catalog, book: Book):
    shop = catalog.add_branch(SHOP, None)
    ann = book.claim("ann", catalog.add_branch(SIDE, shop.id).id)
    book.give_token(ann.id, "token")
    rights = {"ann": Principal(Kind.PERSON, "ann", Role.ADMIN, person="ann", session=7)}
    door = Doorkeeper(book, rights.get)
    agent = door.authenticate("token")
    assert agent is not None
    assert (agent.kind, agent.person, agent.role, agent.session) == (Kind.AGENT, "ann", Role.USER, None)
    assert agent.may_enter(SIDE)
    assert not agent.may_enter(SHOP)
    assert agent.role_in("bank") is None
    rights["ann"] = Principal(Kind.PERSON, "ann", Role.VIEWER, person="ann")
    lowered = door.authenticate("token")
    assert lowered is not None and lowered.role is Role.VIEWER
    rights.clear()
    assert door.authenticate("token") is None


def test_no_other_token_passes_the_door(book: Book):
    assert Doorkeeper(book, lambda _: OWNER).authenticate("nacre_anything") is None
    assert Doorkeeper(book, lambda _: OWNER).authenticate("") is None
