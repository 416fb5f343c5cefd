"""Whoever is limited to a branch, as a workspace's token is, publishes that one and nothing in another's name."""

from datetime import timedelta
from pathlib import Path

import pytest

from nacre.branches.catalog import Branch, Catalog
from nacre.core.names import Ref
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.secrets import SecretBox
from nacre.publishing.apps import Apps

_WEEK = timedelta(days=7)


@pytest.fixture
def catalog(store, clock, tmp_path: Path) -> Catalog:
    return Catalog(store, SecretBox(tmp_path / "secret.key"), clock, 30_000)


@pytest.fixture
def apps(store, clock, catalog) -> Apps:
    return Apps(store, catalog, clock)


def limited_to(branch: Branch) -> Principal:
    return Principal(Kind.AGENT, "workspace of ann", Role.USER, person="ann", branch=branch.ref)


def test_a_branch_beside_main_never_serves_as_the_app(apps, catalog, refused_with):
    main = catalog.add_branch(Ref("shop"), None)
    tried = catalog.add_branch(Ref("shop", "try-x"), main.id)
    refused_with("outside-scope", apps.claim, "shop", "production", tried, limited_to(tried), None)
    assert apps.find("shop") is None, "nor is the name taken before there is an app"
    assert apps.claim("shop", "production", main, limited_to(main), None).slug == "shop"
    refused_with("outside-scope", apps.claim, "shop", "production", tried, limited_to(tried), None)


def test_a_preview_of_another_branch_with_that_ones_database_is_not_taken_over(apps, catalog, refused_with):
    main = catalog.add_branch(Ref("shop"), None)
    ours, theirs = (catalog.add_branch(Ref("shop", name), main.id) for name in ("ours", "theirs"))
    apps.claim("shop-theirs", "preview", theirs, OWNER, _WEEK)
    refused_with("outside-scope", apps.claim, "shop-theirs", "preview", ours, limited_to(ours), _WEEK)
    assert apps.claim("shop-ours", "preview", ours, limited_to(ours), _WEEK).source == "ours"
