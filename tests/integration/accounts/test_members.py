"""Memberships: a change is felt by the next request, also over sessions and tokens that were there before."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete
from tests.integration.accounts.door import REACHED, Browser, Door, code_of

from nacre.branches.tables import branches, projects

Make = Callable[..., Browser]


@pytest.fixture(scope="module", autouse=True)
def project(door: Door) -> Iterator[None]:
    door.make_project("shop")
    yield


def test_a_membership_is_felt_at_once_and_gone_at_once(door: Door, browser: Make) -> None:
    ann = browser("ann")
    assert code_of(ann.call(door, "project.show", ref="shop")) == "not-allowed"
    door.call("member.set", ref="shop", name="ann", role="viewer")
    assert code_of(ann.call(door, "project.show", ref="shop")) == REACHED
    assert code_of(ann.call(door, "checkpoint", ref="shop")) == "not-allowed"
    door.call("member.set", ref="shop", name="ann", role="user")
    assert code_of(ann.call(door, "checkpoint", ref="shop")) == REACHED
    assert ann.session().json()["projects"] == {"shop": "user"}
    door.call("member.remove", ref="shop", name="ann")
    assert code_of(ann.call(door, "project.show", ref="shop")) == "not-allowed"


def test_a_projects_admin_says_who_works_in_it_and_nobody_else_does(door: Door, browser: Make) -> None:
    head, other = browser("head"), browser("other")
    door.call("member.set", ref="shop", name="head", role="admin")
    assert head.call(door, "member.set", ref="shop", name="other", role="user").status_code == 200
    assert code_of(other.call(door, "member.set", ref="shop", name="other", role="admin")) == "not-allowed"
    listed = other.call(door, "member.list", ref="shop").json()
    assert {(row["name"], row["role"], row["system_role"]) for row in listed} >= {
        ("head", "admin", "user"), ("other", "user", "user")
    }  # fmt: skip
    assert code_of(head.call(door, "member.set", ref="shop", name="nobody-here")) == "person-not-found"
    assert code_of(head.call(door, "member.remove", ref="shop", name="nobody-here")) == "not-a-member"


def test_memberships_vanish_with_their_project(door: Door, browser: Make) -> None:
    door.make_project("brief")
    ann = browser("ann")
    door.call("member.set", ref="brief", name="ann", role="admin")
    assert code_of(ann.call(door, "checkpoint", ref="brief")) == REACHED
    with door.ground.store.write() as connection:
        gone = connection.execute(delete(branches).where(branches.c.name == "main").returning(branches.c.project_id))
        connection.execute(delete(projects).where(projects.c.id == max(row.project_id for row in gone)))
    assert code_of(ann.call(door, "checkpoint", ref="brief")) == "not-allowed"
    door.make_project("brief")
    assert code_of(ann.call(door, "checkpoint", ref="brief")) == "not-allowed", "another project of that name"


def test_people_are_listed_in_brief_to_those_who_are_no_admins(door: Door, browser: Make) -> None:
    door.call("person.invite", name="zoe", email="zoe@example.org")
    rows = browser("ann").call(door, "person.list").json()
    assert "zoe" in [row["name"] for row in rows]
    assert "zoe@example.org" not in str(rows)
    assert {row["last_seen_at"] for row in rows} == {None}
