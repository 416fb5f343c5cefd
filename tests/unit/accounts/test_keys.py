"""SSH keys stand for their person as that person is now, and for nobody once either is gone."""

import base64

import pytest
from tests.unit.accounts.conftest import SetClock

from nacre.accounts.keys import Keys, fingerprint
from nacre.accounts.passwords import Passwords
from nacre.accounts.people import People
from nacre.core.errors import NotFound
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.store.store import Store

ANN = Principal(Kind.PERSON, "ann", Role.ADMIN, person="ann")
BLOB = b"\0\0\0\x0bssh-ed25519" + b"\0\0\0\x20" + bytes(32)
LINE = f"ssh-ed25519 {base64.b64encode(BLOB).decode()} ann@laptop"


@pytest.fixture
def people(store: Store, set_clock: SetClock) -> People:
    people = People(store, set_clock, Passwords())
    for name in ("ann", "ben"):
        people.invite(name, name.title(), None, "admin", "en", OWNER)
    return people


@pytest.fixture
def keys(store: Store, set_clock: SetClock, people: People) -> Keys:
    return Keys(store, set_clock)


def test_a_key_is_named_by_its_comment_and_stands_for_its_person(keys: Keys) -> None:
    row = keys.add("", LINE, ANN)
    assert (row.name, row.fingerprint) == ("ann@laptop", fingerprint(BLOB))
    who = keys.authenticate(fingerprint(BLOB))
    assert who is not None and who.person == "ann" and who.role is Role.ADMIN
    assert keys.authenticate(fingerprint(b"another")) is None


def test_only_those_who_may_remove_a_key(keys: Keys) -> None:
    row = keys.add("", LINE, ANN)
    with pytest.raises(NotFound):
        keys.remove(row.id, "ben")
    keys.remove(row.id, "ann")
    assert keys.authenticate(fingerprint(BLOB)) is None


def test_somebody_new_by_an_old_name_inherits_no_key(keys: Keys, people: People) -> None:
    keys.add("", LINE, ANN)
    people.remove("ann")
    assert keys.authenticate(fingerprint(BLOB)) is None
    people.invite("ann", "Ann", None, "viewer", "en", OWNER)
    assert keys.authenticate(fingerprint(BLOB)) is None
