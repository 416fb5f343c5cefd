"""Approvals: that very call, of that very agent, once, within an hour; decided by an admin of the project."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.conftest import START

from nacre.core.errors import NacreError
from nacre.core.events import EventBus
from nacre.core.principals import Kind, Principal, Role
from nacre.publishing.approvals import LASTS, Approvals
from nacre.surfaces.registry import all_operations

AGENT = Principal(Kind.AGENT, "helper", Role.ADMIN, person="ann")
ANN = Principal(Kind.PERSON, "ann", Role.ADMIN, person="ann")
CALL = {"app": "shop"}


class Turned:
    def __init__(self) -> None:
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def turned() -> Turned:
    return Turned()


@pytest.fixture
def approvals(store, turned) -> Approvals:
    return Approvals(store, turned, EventBus(turned))


def ask(approvals, who=AGENT, call=None, operation="app.delete") -> int:
    """The number it waits under; 0 when it is let through."""
    try:
        approvals.require(who, "shop", operation, call or CALL, call or CALL, {"kept": True})
    except NacreError as error:
        assert error.code == "approval-needed"
        return max(one.number for one in approvals.all(ANN, waiting=True))
    return 0


def test_a_call_waits_until_it_is_approved_and_passes_once(approvals):
    number = ask(approvals)
    assert ask(approvals) == number, "asked again it waits under the same number"
    assert approvals.decide(ANN, number, allow=True).state == "approved"
    assert ask(approvals) == 0
    assert [one.arguments for one in approvals.all(ANN, waiting=False)] == [{"kept": True}]
    assert ask(approvals) > number, "an approval is for one call"


def test_what_is_approved_is_that_call_of_that_agent(approvals):
    approvals.decide(ANN, ask(approvals), allow=True)
    assert ask(approvals, call={"app": "other"})
    assert ask(approvals, operation="app.rewind")
    assert ask(approvals, who=replace(AGENT, name="another"))
    assert ask(approvals, who=replace(AGENT, person="bob"))
    assert ask(approvals) == 0


def test_an_approval_lasts_an_hour(approvals, turned):
    approvals.decide(ANN, ask(approvals), allow=True)
    turned.now += LASTS + timedelta(seconds=1)
    number = ask(approvals)
    assert number
    turned.now += LASTS + timedelta(seconds=1)
    with pytest.raises(NacreError, match="expired"):
        approvals.decide(ANN, number, allow=True)


def test_what_was_denied_stays_denied_and_cannot_be_decided_again(approvals, refused_with):
    number = ask(approvals)
    assert approvals.decide(ANN, number, allow=False).state == "denied"
    with pytest.raises(NacreError) as caught:
        approvals.decide(ANN, number, allow=True)
    assert caught.value.code == "approval-decided"
    assert ask(approvals) > number


def test_only_people_who_are_admins_of_the_project_decide_and_others_do_not_see_it(approvals):
    number = ask(approvals)
    member = Principal(Kind.PERSON, "joe", Role.USER, person="joe", members_only=True, memberships={"shop": Role.USER})
    stranger = replace(member, name="eve", memberships={})
    for who, code in ((member, "not-allowed"), (stranger, "approval-not-found"), (AGENT, "not-allowed")):
        with pytest.raises(NacreError) as caught:
            approvals.decide(who, number, allow=True)
        assert caught.value.code == code
    assert [(one.number, one.arguments) for one in approvals.all(member, waiting=True)] == [(number, {})]
    assert [one.arguments for one in approvals.all(ANN, waiting=True)] == [CALL], "nobody decides what they do not see"
    assert approvals.all(stranger, waiting=False) == []


def test_of_what_nobody_can_decide_any_more_no_secret_is_kept(approvals, turned, store):
    assert "sql.run" in all_operations().operations
    secret = {"ref": "shop:production", "command": "ALTER ROLE ann PASSWORD 'z7Qq'"}
    numbers = [ask(approvals, call={**secret, "database": name}, operation="sql.run") for name in "abc"]
    assert [one.arguments["command"] for one in approvals.all(ANN, waiting=True)] == [secret["command"]] * 3
    assert "z7Qq" not in str(approvals.decide(ANN, numbers[0], allow=False))
    approvals.decide(ANN, numbers[1], allow=True)
    turned.now += LASTS + timedelta(seconds=1)
    assert "z7Qq" not in str(approvals.all(ANN, waiting=False))
    assert ask(approvals)
    with store.read() as connection:
        assert "z7Qq" not in str(connection.exec_driver_sql("SELECT * FROM approval").all())
    assert [one.state for one in approvals.all(ANN, waiting=False)] == ["waiting", "expired", "expired", "denied"]
