"""What is set for an app: names that can be, secrets that never come back, snapshots that stay as they were."""

from pathlib import Path

import pytest

from nacre.branches.catalog import Catalog
from nacre.core.names import Ref
from nacre.core.principals import OWNER
from nacre.core.secrets import SecretBox
from nacre.publishing.apps import App, Apps, default_slug, production_ref
from nacre.publishing.configuration import Configuration
from nacre.publishing.environment import database_variables


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox(tmp_path / "secret.key")


@pytest.fixture
def app(store, box, clock) -> App:
    catalog = Catalog(store, box, clock, 30_000)
    return Apps(store, catalog, clock).claim("shop", "production", catalog.add_branch(Ref("shop"), None), OWNER, None)


@pytest.fixture
def configuration(store, box, clock) -> Configuration:
    return Configuration(store, box, clock)


def test_a_secret_is_listed_without_its_value_and_lies_sealed(configuration, app, store):
    configuration.set_secret(app, "API_KEY", "gr8 secret", OWNER)
    assert [secret.model_dump(exclude={"set_at"}) for secret in configuration.secrets(app)] == [
        {"name": "API_KEY", "set_by": "owner:owner"}
    ]
    assert b"gr8" not in store.path.read_bytes()


def test_a_release_goes_on_with_what_was_set_when_it_began(configuration, app):
    configuration.set_secret(app, "API_KEY", "old", OWNER)
    configuration.set_variable(app, "COLOUR", "blue", OWNER)
    before = configuration.snapshot(app)
    configuration.set_secret(app, "API_KEY", "new", OWNER)
    configuration.unset_variable(app, "COLOUR")
    assert configuration.opened(app, before) == {"API_KEY": "old", "COLOUR": "blue"}
    assert configuration.opened(app, configuration.snapshot(app)) == {"API_KEY": "new"}


def test_a_name_is_a_secret_or_a_variable_never_both(configuration, app):
    configuration.set_variable(app, "TOKEN", "plain", OWNER)
    configuration.set_secret(app, "TOKEN", "secret", OWNER)
    assert configuration.variables(app) == []
    assert configuration.opened(app, configuration.snapshot(app)) == {"TOKEN": "secret"}


def test_a_secret_that_admins_set_is_not_lost_to_a_variable_of_its_name(configuration, app, refused_with):
    configuration.set_secret(app, "TOKEN", "secret", OWNER)
    refused_with("is-a-secret", configuration.set_variable, app, "TOKEN", "plain", OWNER)
    assert configuration.opened(app, configuration.snapshot(app)) == {"TOKEN": "secret"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("1X", "a"), ("A-B", "a"), ("", "a"), ("PORT", "a"), ("DATABASE_URL", "a"), ("NACRE_APP", "a"), ("A", "\0"),
     ("A", "\ud800"), ("A", "x" * 70_000)],
)  # fmt: skip
def test_what_no_environment_can_hold_is_refused(configuration, app, refused_with, name, value):
    refused_with("bad-variable", configuration.set_secret, app, name, value, OWNER)
    refused_with("bad-variable", configuration.set_variable, app, name, value, OWNER)


def test_what_is_not_set_cannot_be_unset(configuration, app, refused_with):
    refused_with("variable-not-found", configuration.unset_secret, app, "NOTHING")
    refused_with("variable-not-found", configuration.unset_variable, app, "NOTHING")


def test_an_app_reaches_its_database_by_socket_whatever_its_password_holds():
    found = database_variables("shop", "a/b c", 5433)
    assert found["DATABASE_URL"] == "postgresql://shop:a%2Fb%20c@/shop?host=/run/postgresql&port=5433"
    assert found["PGPASSWORD"] == "a/b c"


def test_an_app_is_called_like_its_project_and_a_preview_like_its_branch_too():
    assert default_slug(Ref("shop")) == "shop"
    assert default_slug(Ref("shop", "try-x")) == "shop-try-x"
    assert len(default_slug(Ref("s" * 39, "b" * 39))) == 39
    assert str(production_ref("shop", "shop")) == "shop:production"
    assert str(production_ref("shop", "admin")) == "shop:production-admin"
