"""Access tokens: shown once, kept as digests, refused from the very instant they expire or are revoked."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.unit.accounts.conftest import SetClock

from nacre.accounts.passwords import Passwords
from nacre.accounts.people import People
from nacre.accounts.tokens import Tokens
from nacre.accounts.verbs.tokens import CreateToken, NoInput, RevokeToken, create_token, list_tokens, revoke_token
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.store.store import Store

Refused = Callable[..., None]
ADMIN = Principal(Kind.PERSON, "ann", Role.ADMIN, person="ann")


@pytest.fixture
def tokens(store: Store, set_clock: SetClock) -> Tokens:
    People(store, set_clock, Passwords()).invite("ann", "Ann", None, "admin", "en", OWNER)
    return Tokens(store, set_clock)


def make(tokens: Tokens, lifetime: timedelta | None = None, projects: list[str] | None = None) -> str:
    return tokens.create("bot", Kind.AGENT, Role.USER, projects, lifetime, OWNER)[1]


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.AGENT])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.USER, Role.ADMIN])
@pytest.mark.parametrize("projects", [None, ["bank", "shop"]])
def test_a_token_stands_for_the_principal_it_was_made_for(
    tokens: Tokens, kind: Kind, role: Role, projects: list[str] | None
) -> None:
    _, secret = tokens.create("bot", kind, role, projects, None, OWNER)
    scope = None if projects is None else frozenset(projects)
    assert tokens.authenticate(secret) == Principal(kind, "bot", role, scope, "owner")


def test_only_the_digest_is_in_the_file(tokens: Tokens, store: Store) -> None:
    secret = make(tokens)
    assert tokens.authenticate(secret)
    written = b"".join(path.read_bytes() for path in store.path.parent.glob("data.db*"))
    assert b"bot" in written
    assert secret.encode() not in written
    assert secret.removeprefix("nacre_").encode() not in written
    assert secret not in str(tokens.all())


def test_secrets_are_long_and_never_the_same(tokens: Tokens) -> None:
    secrets = {make(tokens) for _ in range(20)}
    assert len(secrets) == 20
    assert all(secret.startswith("nacre_") and len(secret) == 49 for secret in secrets)


@pytest.mark.parametrize("change", [lambda s: "", lambda s: s[:-1], lambda s: s + "x", str.upper, lambda s: s[6:]])
def test_anything_but_the_secret_itself_is_nobody(tokens: Tokens, change: Callable[[str], str]) -> None:
    assert tokens.authenticate(change(make(tokens))) is None


def test_a_token_works_until_it_expires_and_not_at_that_instant(tokens: Tokens, set_clock: SetClock) -> None:
    secret = make(tokens, lifetime=timedelta(days=1))
    set_clock.now += timedelta(days=1) - timedelta(microseconds=1)
    assert tokens.authenticate(secret)
    set_clock.now += timedelta(microseconds=1)
    assert tokens.authenticate(secret) is None


def test_a_revoked_token_stops_at_once_and_the_others_go_on(tokens: Tokens) -> None:
    secret, other = make(tokens), make(tokens)
    tokens.revoke(1)
    assert tokens.authenticate(secret) is None
    assert tokens.authenticate(other)


def test_revoking_again_keeps_the_first_time(tokens: Tokens, set_clock: SetClock) -> None:
    make(tokens)
    first = tokens.revoke(1)
    set_clock.now += timedelta(hours=1)
    assert tokens.revoke(1) == first
    assert first.revoked_at == set_clock.now - timedelta(hours=1)


def test_revoking_what_never_was_is_refused(tokens: Tokens, refused_with: Refused) -> None:
    refused_with("token-not-found", tokens.revoke, 1)


def test_last_use_is_kept_to_about_the_minute(tokens: Tokens, set_clock: SetClock) -> None:
    secret = make(tokens)
    assert tokens.all()[0].last_used_at is None
    first = set_clock.now
    for after_s, noted in ((0, first), (59, first), (71, first + timedelta(seconds=71))):
        set_clock.now = first + timedelta(seconds=after_s)
        tokens.authenticate(secret)
        assert tokens.all()[0].last_used_at == noted


def test_tokens_outlive_the_daemon(tokens: Tokens, store: Store, set_clock: SetClock) -> None:
    secret = make(tokens)
    store.close()
    again = Store(store.path)
    assert Tokens(again, set_clock).authenticate(secret)
    again.close()


def test_the_verbs_make_list_and_revoke_tokens(tokens: Tokens) -> None:
    made = create_token(tokens, ADMIN, CreateToken(name="ci", role="viewer", project=["shop"], days=1))
    (listed,) = list_tokens(tokens, ADMIN, NoInput()).root
    assert (listed.id, listed.name, listed.role, listed.projects) == (made.id, "ci", "viewer", ["shop"])
    assert (listed.kind, listed.created_by) == ("agent", "person:ann")
    assert listed.expires_at == listed.created_at + timedelta(days=1)
    assert tokens.authenticate(made.token) == Principal(Kind.AGENT, "ci", Role.VIEWER, frozenset({"shop"}), "ann")
    assert revoke_token(tokens, ADMIN, RevokeToken(id=made.id)).revoked_at
    assert tokens.authenticate(made.token) is None


def test_a_token_without_projects_may_touch_all_of_them(tokens: Tokens) -> None:
    made = create_token(tokens, ADMIN, CreateToken(name="ci"))
    assert made.projects is None
    who = tokens.authenticate(made.token)
    assert who is not None
    assert who.may_touch("anything")


def test_nobody_gives_away_more_than_they_have(tokens: Tokens, refused_with: Refused) -> None:
    user = Principal(Kind.PERSON, "bob", Role.USER)
    refused_with("not-allowed", create_token, tokens, user, CreateToken(name="ci", role="admin"))
    assert tokens.all() == []


def test_a_project_that_cannot_be_one_is_refused(tokens: Tokens, refused_with: Refused) -> None:
    refused_with("bad-name", create_token, tokens, ADMIN, CreateToken(name="ci", project=["Shop!"]))
    assert tokens.all() == []


def test_an_agent_makes_no_token_with_which_nobody_would_be_asked(tokens: Tokens, refused_with: Refused) -> None:
    agent = Principal(Kind.AGENT, "bot", Role.ADMIN, person="ann")
    refused_with("not-allowed", create_token, tokens, agent, CreateToken(name="free", kind="person"))
    assert create_token(tokens, agent, CreateToken(name="helper")).role == "user"
    assert [token.name for token in tokens.all()] == ["helper"]
