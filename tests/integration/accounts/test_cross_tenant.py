"""Every operation × every kind of caller, over HTTP: let through or refused exactly as the operation declares.

Calls come from the operations' own input models, so an operation that is added is tested as well; one that no call
can be made up for fails its test. Nothing runs: what is let through is stopped where the operation would begin.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from tests.arguments import arguments_for, branch_fields
from tests.integration.accounts.conftest import TurnedClock
from tests.integration.accounts.door import REACHED, Browser, Door, code_of, open_door

from nacre.core.operations import Effect, Operation
from nacre.core.principals import Role
from nacre.core.settings import Settings
from nacre.surfaces.client import request_of
from nacre.surfaces.registry import all_operations
from nacre.surfaces.verbs import describe

OPERATIONS = list(all_operations())
OURS, THEIRS, ABSENT = "ours", "theirs", "absent"


@dataclass(frozen=True)
class Caller:
    """What is expected of a caller, said apart from the code that decides it.

    `system` is the role in the system as a whole, None for somebody who is not let in at all; `everywhere` the role in
    projects they are no member of; `members` their roles as members; `scope` what their token is limited to.
    """

    name: str
    system: Role | None
    everywhere: Role | None = None
    members: dict[str, Role] = field(default_factory=dict)
    scope: tuple[str, ...] | None = None
    agent: bool = False

    def role_in(self, project: str) -> Role | None:
        roles = [role for role in (self.everywhere, self.members.get(project)) if role]
        return max(roles) if roles else None

    def may_call(self, operation: Operation, projects: list[str], founds: list[str]) -> bool:
        if self.system is None:
            return False
        if operation.in_person and self.agent and self.system < Role.ADMIN:
            return False
        if self.scope is not None and not operation.scoped_by_handler:
            named = [*projects, *founds]
            if not named or not set(named) <= set(self.scope):
                return False
        if not projects:
            return self.system >= operation.role
        return all((self.role_in(project) or 0) >= operation.role for project in projects)


V, U, A = Role.VIEWER, Role.USER, Role.ADMIN
CALLERS = (
    Caller("nobody", None),
    Caller("viewer", V, everywhere=V),
    Caller("user-no-member", U),
    Caller("member-viewer", U, members={OURS: V}),
    Caller("member-user", U, members={OURS: U}),
    Caller("member-admin", U, members={OURS: A}),
    Caller("viewer-member-admin", V, everywhere=V, members={OURS: A}),
    Caller("admin", A, everywhere=A),
    Caller("agent-of-member-user", U, members={OURS: U}, agent=True),
    Caller("viewing-agent-of-member-admin", V, members={OURS: V}, agent=True),
    Caller("agent-elsewhere", U, members={OURS: A}, scope=("elsewhere",), agent=True),
    Caller("admins-agent-elsewhere", A, everywhere=A, scope=("elsewhere",), agent=True),
    Caller("admins-agent-here", A, everywhere=A, scope=(OURS,), agent=True),
    Caller("agent-of-disabled", None, agent=True),
    Caller("agent-of-removed", None, agent=True),
    Caller("owners-agent", A, everywhere=A, agent=True),
    Caller("owner", Role.OWNER, everywhere=Role.OWNER),
)


@pytest.fixture(scope="module")
def door(settings: Settings, clock: TurnedClock) -> Iterator[Door]:
    """People and tokens are made with the operations themselves; then none of them runs any more."""
    with open_door(Door(settings, clock, only_ask=False)) as making:
        for project in (OURS, THEIRS, "elsewhere"):
            making.make_project(project)
        _make_people(making)
        tokens = _make_tokens(making)
    with open_door(Door(settings, clock, only_ask=True)) as door:
        door.tokens = tokens  # type: ignore[attr-defined]
        yield door


@pytest.fixture(scope="module")
def callers(door: Door) -> Iterator[dict[str, Any]]:
    """By name, what sends a request as that caller."""
    senders: dict[str, Any] = {"nobody": httpx.Client(base_url=door.url)}
    socket = httpx.HTTPTransport(uds=str(door.settings.socket))
    senders["owner"] = httpx.Client(transport=socket, base_url="http://nacre")
    for name, token in door.tokens.items():  # type: ignore[attr-defined]
        senders[name] = httpx.Client(base_url=door.url, headers={"Authorization": f"Bearer {token}"})
    for caller in CALLERS:
        if caller.name not in senders:
            senders[caller.name] = browser = Browser(door.url)
            assert browser.sign_in(caller.name).status_code == 200
    yield senders


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_a_call_gets_through_exactly_when_it_is_declared_to(
    door: Door, callers: dict[str, Any], operation: Operation
) -> None:
    verb = describe(operation)
    for projects in _targets(operation):
        arguments = arguments_for(operation, *(f"{project}:try" for project in projects))
        founds = list(operation.input.model_validate(arguments).founds())
        path, body = request_of(verb, arguments)
        for caller in CALLERS:
            answer = callers[caller.name].request(verb.method, path, content=body)
            expected = caller.may_call(operation, projects, founds)
            told = f"{caller.name} calls {operation.name} on {projects}: {answer.status_code} {answer.text}"
            if caller.system is None:
                assert answer.status_code == 401, told
            else:
                assert code_of(answer) == REACHED if expected else answer.status_code == 403, told
                assert expected or code_of(answer) in ("not-allowed", "outside-scope"), told


def test_no_project_can_be_told_from_one_that_is_not(door: Door, callers: dict[str, Any]) -> None:
    """Whoever is no member is answered alike about a project that exists and one that does not."""
    for operation in (one for one in OPERATIONS if one.in_projects):
        answers = set()
        for project in (THEIRS, ABSENT):
            path, body = request_of(describe(operation), arguments_for(operation, project))
            answer = callers["user-no-member"].request(operation.method, path, content=body)
            answers.add((answer.status_code, answer.text.replace(project, "…")))
        assert len(answers) == 1, answers


def test_what_changes_something_is_never_a_get() -> None:
    """Browsers send the cookie with a GET from any page, and no CSRF token is asked for."""
    assert [one.name for one in OPERATIONS if one.method == "GET" and one.effect is not Effect.READ] == []


def _targets(operation: Operation) -> list[list[str]]:
    """The projects to name: every way to fill the fields that name branches from two projects."""
    fields = [name for name in branch_fields(operation) if operation.input.model_fields[name].is_required()]
    return [list(each) for each in itertools.product((OURS, THEIRS), repeat=len(fields))]


def _make_people(door: Door) -> None:
    roles = {"viewer": "viewer", "viewer-member-admin": "viewer", "admin": "admin", "second-admin": "admin"}
    members = {
        "member-viewer": "viewer",
        "member-user": "user",
        "member-admin": "admin",
        "viewer-member-admin": "admin",
    }
    names = ("viewer", "user-no-member", *members, "admin", "second-admin", "disabled", "removed")
    for name in names:
        door.make_person(name, roles.get(name, "user"), **({OURS: members[name]} if name in members else {}))
    for name in ("disabled", "removed"):
        door.call("member.set", ref=OURS, name=name, role="admin")


def _make_tokens(door: Door) -> dict[str, str]:
    """Made by the people themselves, signed in as they are; then two of them go."""
    wanted: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("agent-of-member-user", "member-user", {"role": "user"}),
        ("viewing-agent-of-member-admin", "member-admin", {"role": "viewer"}),
        ("agent-elsewhere", "member-admin", {"role": "user", "project": ["elsewhere"]}),
        ("admins-agent-elsewhere", "admin", {"role": "admin", "project": ["elsewhere"]}),
        ("admins-agent-here", "admin", {"role": "admin", "project": [OURS]}),
        ("agent-of-disabled", "disabled", {"role": "user"}),
        ("agent-of-removed", "removed", {"role": "user"}),
    )
    tokens = {"owners-agent": door.call("token.create", name="owners-agent", role="admin")["token"]}
    for name, person, how in wanted:
        browser = Browser(door.url)
        assert browser.sign_in(person).status_code == 200
        tokens[name] = browser.call(door, "token.create", name=name, **how).json()["token"]
    door.call("person.disable", name="disabled")
    door.call("person.remove", name="removed")
    return tokens
