"""The choke point: nothing runs that is not allowed, and whatever was asked leaves its trace."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import Field, SecretStr

from nacre.core import operations
from nacre.core.audit import Audit, AuditEntry
from nacre.core.clock import Clock
from nacre.core.dispatch import Dispatcher
from nacre.core.errors import Conflict, NacreError
from nacre.core.events import Event, EventBus
from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Effect, Registry, operation
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.store.store import Store

Refused = Callable[..., None]
Handler = Callable[[Any, Principal, Any], Any]
SCOPES = (None, frozenset[str](), frozenset({"shop"}), frozenset({"bank"}), frozenset({"shop", "bank"}))
MEMBERSHIPS: tuple[dict[str, Role], ...] = ({}, {"shop": Role.VIEWER}, {"shop": Role.USER, "bank": Role.OWNER})
PRINCIPALS = [
    Principal(kind, "someone", role, projects, "ann", members_only, memberships)
    for kind, role, projects, (members_only, memberships) in itertools.product(
        (Kind.PERSON, Kind.AGENT), Role, SCOPES, [(False, {}), *((True, each) for each in MEMBERSHIPS)]
    )
] + [Principal(Kind.PERSON, "someone", Role.VIEWER, None, "ann", memberships=each) for each in MEMBERSHIPS]


class Desk:
    """The service of the sample operations: remembers what ran, and can look into the audit log while it runs."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.ran: list[str] = []
        self.seen_while_running: list[AuditEntry] = []

    def run(self, what: str) -> "Done":
        self.seen_while_running = self.audit.entries(1, None, None)
        self.ran.append(what)
        return Done(what=what)


class Done(Answer):
    what: str


class OnBranch(Call):
    ref: Ref


class OnTwo(Call):
    ref: Ref
    other: Ref | None = None
    more: tuple[Ref, ...] = ()


class Whole(Call):
    pass


class Founding(Call):
    name: str

    def founds(self) -> Iterator[str]:
        yield self.name


class Wordy(Call):
    ref: Ref
    text: str = ""
    texts: dict[str, list[str]] | None = None
    password: SecretStr = SecretStr("")
    count: int = Field(1, ge=1)


class Other(Answer):
    pass


def on_branch(desk: Desk, who: Principal, call: OnBranch) -> Done:
    """Act on a branch."""
    return desk.run("branch")


def on_two(desk: Desk, who: Principal, call: OnTwo) -> Done:
    """Act on several branches."""
    return desk.run("two")


def on_whole(desk: Desk, who: Principal, call: Whole) -> Done:
    """Act on the whole system."""
    return desk.run("whole")


def on_new(desk: Desk, who: Principal, call: Founding) -> Done:
    """Make a project."""
    return desk.run("new")


def wordy(desk: Desk, who: Principal, call: Wordy) -> Done:
    """Say much."""
    return desk.run("wordy")


def fail(desk: Desk, who: Principal, call: OnBranch) -> Done:
    """Fail with a reason."""
    desk.run("fail")
    raise Conflict("branch-busy", "It is busy.")


def crash(desk: Desk, who: Principal, call: OnBranch) -> Done:
    """Crash."""
    desk.run("crash")
    raise ZeroDivisionError("by zero")


def mumble(desk: Desk, who: Principal, call: OnBranch) -> Done:
    """Answer with something else than promised."""
    desk.run("mumble")
    return Other()  # type: ignore[return-value]


def die(desk: Desk, who: Principal, call: OnBranch) -> Done:
    """Be cut off, as when the daemon is stopped."""
    desk.run("die")
    raise KeyboardInterrupt


class House:
    """A dispatcher with its real parts around it."""

    def __init__(self, store: Store, clock: Clock, registry: Registry) -> None:
        self.audit = Audit(store, clock)
        self.desk = Desk(self.audit)
        self.bus = EventBus(clock)
        self.events: list[Event] = []
        self.bus.listen(self.events.append)
        self.dispatcher = Dispatcher(registry, {Desk: self.desk}, self.audit, self.bus)

    def call(self, who: Principal, name: str, arguments: Mapping[str, Any]) -> Any:
        return self.dispatcher.call(who, name, arguments, surface="http", request_id="r-1")

    def newest(self) -> AuditEntry:
        return self.audit.entries(1, None, None)[0]

    def audited(self) -> int:
        return max((entry.id for entry in self.audit.entries(1, None, None)), default=0)


@pytest.fixture
def house(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> House:
    registry = Registry()
    monkeypatch.setattr(operations, "registry", registry)
    for role, effect in itertools.product(Role, Effect):
        declare("on_branch", role, effect, on_branch)
        declare("on_two", role, effect, on_two)
        declare("on_whole", role, effect, on_whole)
        declare("on_own", role, effect, on_whole, scoped_by_handler=True)
        declare("on_new", role, effect, on_new)
    failures: tuple[Handler, ...] = (wordy, fail, crash, mumble, die)
    for handler in failures:
        operation(handler.__name__, "POST /api/x", role=Role.VIEWER, effect=Effect.WRITE)(handler)
    operation("fail.read", "GET /api/x", role=Role.VIEWER, effect=Effect.READ)(fail)
    return House(store, clock, registry)


def declare(name: str, role: Role, effect: Effect, handler: Handler, scoped_by_handler: bool = False) -> None:
    full = f"{name}.{role.word}.{effect}"
    operation(full, f"POST /api/{full}", role=role, effect=effect, scoped_by_handler=scoped_by_handler)(handler)


@dataclass(frozen=True)
class Sample:
    """A call, the projects it names, those it would make, and whether its handler keeps to the caller's scope."""

    operation: str
    arguments: dict[str, Any]
    names: frozenset[str] = frozenset()
    founds: frozenset[str] = frozenset()
    scoped: bool = False

    def expected(self, who: Principal, needed: Role) -> str | None:
        """The code it is refused with, or None: an oracle apart from the dispatcher's own way of deciding."""
        here = [role_in(who, project) for project in self.names]
        best = max((who.role, *who.memberships.values())) if self.names else who.role
        if best < needed:
            return "not-allowed"
        touched = self.names | self.founds
        if who.projects is not None and not self.scoped and (not touched or not touched <= who.projects):
            return "outside-scope"
        enough = all(role is not None and role >= needed for role in here) if self.names else who.role >= needed
        return None if enough else "not-allowed"


def role_in(who: Principal, project: str) -> Role | None:
    own = who.memberships.get(project)
    if who.members_only:
        return own
    return who.role if own is None or own < who.role else own


SHOP, BOTH = frozenset({"shop"}), frozenset({"shop", "bank"})
CALLS = (
    Sample("on_branch", {"ref": "shop:try-x"}, SHOP),
    Sample("on_two", {"ref": "shop", "other": "bank"}, BOTH),
    Sample("on_two", {"ref": "shop", "more": ["shop:a", "bank:b"]}, BOTH),
    Sample("on_whole", {}),
    Sample("on_own", {}, scoped=True),
    Sample("on_new", {"name": "shop"}, founds=SHOP),
)


@pytest.mark.parametrize("role", [Role.USER, Role.OWNER])
@pytest.mark.parametrize("effect", [Effect.READ, Effect.WRITE])
@pytest.mark.parametrize("sample", CALLS, ids=lambda sample: f"{sample.operation}-{len(sample.arguments)}")
def test_a_call_runs_exactly_when_role_and_scope_allow_it(
    house: House, sample: Sample, effect: Effect, role: Role
) -> None:
    for who in PRINCIPALS:
        expected = sample.expected(who, role)
        house.desk.ran.clear()
        before, events_before = house.audited(), len(house.events)
        try:
            house.call(who, f"{sample.operation}.{role.word}.{effect}", sample.arguments)
            code = None
        except NacreError as error:
            code = error.code
        assert code == expected, who
        allowed = expected is None
        assert bool(house.desk.ran) == allowed, who
        # Reads leave no trace, what was refused always does.
        traced = not allowed or effect is not Effect.READ
        assert house.audited() - before == traced, who
        assert len(house.events) - events_before == (allowed and effect is not Effect.READ), who
        if traced:
            assert house.newest().outcome == ("done" if allowed else "refused"), who


def test_no_right_is_above_a_ceiling_put_on_it() -> None:
    for who, role in itertools.product(PRINCIPALS, Role):
        capped = who.at_most(role)
        assert capped.highest_role <= role
        for project in ("shop", "bank", "other"):
            before, after = who.role_in(project), capped.role_in(project)
            assert after == (None if before is None else min(before, role))


def test_an_entry_is_written_before_the_work_and_completed_after(house: House) -> None:
    house.call(OWNER, "on_branch.user.write", {"ref": "shop:try-x"})
    (during,) = house.desk.seen_while_running
    assert (during.outcome, during.seconds, during.code) == ("started", None, None)
    after = house.newest()
    assert (after.id, after.outcome, after.code) == (during.id, "done", None)
    assert after.seconds is not None
    assert (after.who, after.surface, after.operation) == ("owner:owner", "http", "on_branch.user.write")
    assert (after.project, after.arguments, after.request_id) == ("shop", {"ref": "shop:try-x"}, "r-1")


@pytest.mark.parametrize(
    ("name", "code"), [("fail", "branch-busy"), ("crash", "internal-error"), ("mumble", "internal-error")]
)
def test_a_failure_is_audited_with_its_code_and_is_no_event(
    house: House, name: str, code: str, refused_with: Refused
) -> None:
    refused_with(code, house.call, OWNER, name, {"ref": "shop"})
    assert house.desk.ran == [name]
    entry = house.newest()
    assert (entry.outcome, entry.code) == ("failed", code)
    assert entry.seconds is not None
    assert house.events == []


def test_a_crash_tells_what_it_was_and_where_to_read_on(house: House) -> None:
    with pytest.raises(NacreError) as caught:
        house.call(OWNER, "crash", {"ref": "shop"})
    assert "ZeroDivisionError: by zero" in caught.value.message
    assert "r-1" in caught.value.hint
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.http_status == 500


def test_an_entry_of_work_that_was_cut_off_stays_started(house: House) -> None:
    with pytest.raises(KeyboardInterrupt):
        house.call(OWNER, "die", {"ref": "shop"})
    assert house.newest().outcome == "started"
    assert house.events == []


def test_the_event_comes_after_the_audit_entry_is_complete(house: House) -> None:
    outcomes: list[str] = []
    house.bus.listen(lambda _: outcomes.append(house.newest().outcome))
    house.call(OWNER, "on_branch.user.write", {"ref": "shop:try-x"})
    assert outcomes == ["done"]
    (event,) = house.events
    assert (event.type, event.who, event.project, event.branch) == (
        "on_branch.user.write",
        "owner:owner",
        "shop",
        "try-x",
    )


def test_a_failed_read_is_neither_audited_nor_an_event(house: House, refused_with: Refused) -> None:
    refused_with("branch-busy", house.call, OWNER, "fail.read", {"ref": "shop"})
    assert (house.audited(), house.events) == (0, [])


def test_secrets_never_reach_the_audit_log_or_the_events(house: House, store: Store) -> None:
    house.call(OWNER, "wordy", {"ref": "shop", "password": "hunter2"})
    assert "hunter2" not in str(house.newest()) + str(house.events)
    store.close()
    assert b"hunter2" not in store.path.read_bytes()


def test_long_texts_are_cut_in_the_audit_log_however_deep_they_lie(house: House) -> None:
    long = "x" * 5000
    house.call(OWNER, "wordy", {"ref": "shop", "text": long, "texts": {"a": ["short", long]}})
    kept = house.newest().arguments
    assert kept["text"] == "x" * 2000 + "…"
    assert kept["texts"] == {"a": ["short", "x" * 2000 + "…"]}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "bad-input"),
        ({"ref": 5}, "bad-input"),
        ({"ref": "shop", "count": 0}, "bad-input"),
        ({"ref": "shop", "colour": "red"}, "bad-input"),
        ({"ref": "../etc"}, "bad-name"),
    ],
)
def test_bad_input_is_refused_and_nothing_runs(
    house: House, arguments: dict[str, Any], code: str, refused_with: Refused
) -> None:
    refused_with(code, house.call, OWNER, "wordy", arguments)
    assert (house.desk.ran, house.audited(), house.events) == ([], 0, [])


def test_a_caller_without_the_role_learns_nothing_about_the_input(house: House, refused_with: Refused) -> None:
    nobody = Principal(Kind.AGENT, "bot", Role.VIEWER)
    refused_with("not-allowed", house.call, nobody, "on_branch.admin.write", {"nonsense": True})


def test_an_unknown_operation_is_refused(house: House, refused_with: Refused) -> None:
    refused_with("unknown-operation", house.call, OWNER, "no.such", {})


def test_the_audit_log_is_read_newest_first_by_page_and_by_project(house: House) -> None:
    for name in ("shop", "bank", "shop:x", "shop"):
        house.call(OWNER, "on_branch.user.write", {"ref": name})
    page = house.audit.entries(2, "shop", None)
    assert [entry.arguments["ref"] for entry in page] == ["shop", "shop:x"]
    assert [entry.arguments["ref"] for entry in house.audit.entries(2, "shop", page[-1].id)] == ["shop"]
    assert [entry.project for entry in house.audit.entries(10, "bank", None)] == ["bank"]


def test_the_audit_log_is_filtered_by_caller_operation_and_outcome(house: House, refused_with: Refused) -> None:
    person, agent = Principal(Kind.PERSON, "ann", Role.USER), Principal(Kind.AGENT, "ann", Role.USER)
    for who in (person, agent):
        house.call(who, "on_branch.user.write", {"ref": "shop"})
        refused_with("not-allowed", house.call, who, "on_branch.admin.write", {"ref": "shop"})
    house.audit.note("person:ann", "http", "sign-in.link", {}, "r-2", "done")
    house.audit.note("person:annabel", "http", "sign-in", {}, "r-3", "refused", "bad-credentials")

    def seen(**filters: Any) -> list[tuple[str, str]]:
        return [(entry.who, entry.operation) for entry in house.audit.entries(50, **filters)]

    assert len(seen()) == 6
    assert {who for who, _ in seen(who="ann")} == {"person:ann", "agent:ann"}
    assert {who for who, _ in seen(who="person:ann")} == {"person:ann"}
    assert {name for _, name in seen(operation="sign-in")} == {"sign-in", "sign-in.link"}
    assert seen(operation="sign") == []
    assert {name for _, name in seen(outcome="refused")} == {"on_branch.admin.write", "sign-in"}
    assert seen(who="ann", operation="sign-in", outcome="refused") == []
