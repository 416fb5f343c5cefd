"""Rules of workspaces that need nothing to run: whose it is, who may act, when it is idle, what its processes see."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput, NotAllowed
from nacre.core.names import Ref
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.workspaces.acting import acting_for, looking_at
from nacre.workspaces.environment import Access, Seen, database_url, environment
from nacre.workspaces.uses import Uses

SHOP = Ref("shop", "try-x")


def person(role: Role, name: str = "ann") -> Principal:
    return Principal(Kind.PERSON, name, role, person=name)


def test_people_act_in_their_own_workspace():
    assert acting_for(person(Role.USER), None, SHOP) == "ann"
    assert acting_for(person(Role.USER), "ann", SHOP) == "ann"


def test_only_admins_and_the_owner_act_in_another_ones():
    with pytest.raises(NotAllowed):
        acting_for(person(Role.USER), "bob", SHOP)
    assert acting_for(person(Role.ADMIN), "bob", SHOP) == "bob"
    assert acting_for(OWNER, "bob", SHOP) == "bob"


def test_an_admin_of_the_project_is_enough_and_of_another_is_not():
    ann = Principal(
        Kind.PERSON, "ann", Role.USER, person="ann", members_only=True,
        memberships={"shop": Role.ADMIN, "bank": Role.USER},
    )  # fmt: skip
    assert acting_for(ann, "bob", SHOP) == "bob"
    with pytest.raises(NotAllowed):
        acting_for(ann, "bob", Ref("bank"))


def test_anybody_who_sees_the_project_looks_at_anybodys():
    assert looking_at(person(Role.VIEWER), "bob") == "bob"


@pytest.mark.parametrize("name", ["", "../bob", "Bob", "bob\n", "a" * 40])
def test_a_person_is_a_name(name: str):
    nobody = Principal(Kind.AGENT, "robot", Role.ADMIN)
    with pytest.raises(InvalidInput):
        looking_at(nobody, name)


@given(st.text(), st.integers(1024, 65535))
def test_a_password_of_any_kind_survives_the_url(password: str, port: int):
    url = urlsplit(database_url(Access("shop", password, port), "/run/postgresql"))
    assert unquote(url.netloc.rpartition("@")[0].partition(":")[2]) == password
    assert parse_qs(url.query) == {"host": ["/run/postgresql"], "port": [str(port)]}
    assert url.path == "/shop"


def test_programs_find_the_database_and_the_branch_by_the_environment():
    env = environment("ann", SHOP, Access("shop", "secret", 54321), "nacre_ws_x", Seen(home="/home/ann"))
    assert (env["PGHOST"], env["PGPORT"], env["PGUSER"]) == ("/run/postgresql", "54321", "shop")
    assert (env["NACRE_REF"], env["NACRE_PERSON"], env["NACRE_TOKEN"]) == ("shop:try-x", "ann", "nacre_ws_x")
    assert env["HOME"] == "/home/ann"


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_workspace_is_idle_since_its_last_use():
    hand = Hand()
    uses = Uses(hand)
    uses.touch(1)
    hand.now_s = 60
    assert uses.idle_s(1) == 60
    uses.touch(1)
    assert uses.idle_s(1) == 0


def test_one_in_use_is_not_idle_however_long_and_counts_anew_from_the_end_of_the_last_use():
    hand = Hand()
    uses = Uses(hand)
    with uses.using(1):
        with uses.using(1):
            hand.now_s = 1000
        assert uses.idle_s(1) == 0
        hand.now_s = 2000
        assert uses.idle_s(1) == 0
    assert uses.idle_s(1) == 0
    hand.now_s = 2010
    assert uses.idle_s(1) == 10


def test_one_found_again_after_a_restart_is_given_its_time():
    hand = Hand()
    hand.now_s = 5000
    uses = Uses(hand)
    assert uses.idle_s(1) == 0
    hand.now_s = 5030
    assert uses.idle_s(1) == 30


def test_a_use_that_fails_ends_too():
    hand = Hand()
    uses = Uses(hand)
    with pytest.raises(ZeroDivisionError), uses.using(1):
        raise ZeroDivisionError
    hand.now_s = 1
    assert uses.idle_s(1) == 1
