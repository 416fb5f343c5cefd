"""The audit as a log: whatever is killed and wherever, each entry has one line once it is known what came of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from nacre.core.audit import Audit, audit_table
from nacre.core.clock import Clock
from nacre.core.principals import OWNER
from nacre.core.store.store import Store
from nacre.monitoring.logs.audited import AuditLog

STEPS = st.lists(
    st.one_of(
        st.sampled_from(("begin", "note", "look", "look", "restart")),
        st.tuples(st.just("end"), st.integers(0, 5)),
        st.tuples(st.just("cut"), st.integers(1, 400)),
    ),
    max_size=30,
)


class Told:
    """An audit, and the log that a daemon after another writes of it."""

    def __init__(self, store: Store, path: Path, clock: Clock) -> None:
        self.audit, self.path, self.clock = Audit(store, clock), path, clock
        self.log = AuditLog(self.audit, path, clock)
        self.open: list[int] = []

    def begin(self, said: str = "x") -> None:
        self.open.append(self.audit.begin(OWNER, "http", "table.write", "shop", {"say": said}, "r", "try"))

    def note(self) -> None:
        self.audit.note("person:ann", "http", "sign-in", {}, "r", "done")

    def end(self, at: int) -> None:
        if self.open:
            self.audit.end(self.open.pop(at % len(self.open)), "failed", "some-code", 0.25)

    def look(self) -> None:
        self.log.look()

    def restart(self) -> None:
        """Killed, and another daemon comes up."""
        self.audit.cut_off()
        self.open = []
        self.log = AuditLog(self.audit, self.path, self.clock)

    def cut(self, length: int) -> None:
        """Killed while it wrote: of the last line so many bytes are not there."""
        if self.path.exists() and (lines := self.path.read_bytes().splitlines(keepends=True)):
            self.path.write_bytes(b"".join(lines[:-1]) + lines[-1][:-length])
        self.restart()

    def lines(self) -> list[dict[str, object]]:
        found = []
        for line in self.path.read_bytes().splitlines() if self.path.exists() else []:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue  # half of one, which is told anew
        return found


@pytest.fixture
def told(store: Store, tmp_path: Path, clock: Clock) -> Callable[[], Told]:
    def begin() -> Told:
        with store.write() as connection:
            connection.execute(delete(audit_table))
        (tmp_path / "audit.log").unlink(missing_ok=True)
        return Told(store, tmp_path / "audit.log", clock)

    return begin


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_each_entry_is_told_once_whatever_is_killed(
    told: Callable[[], Told], steps: list[str | tuple[str, int]]
) -> None:
    one = told()
    for step in steps:
        name, *arguments = (step,) if isinstance(step, str) else step
        getattr(one, name)(*arguments)
    one.restart()
    one.look()
    one.look()
    ended = one.audit.ended_after(0, 1000)
    assert [line["ended"] for line in one.lines()] == [entry.ended for entry in ended]
    assert [(line["entry"], line["outcome"]) for line in one.lines()] == [(each.id, each.outcome) for each in ended]
    assert len(ended) == len(one.audit.entries(1000)), "what was cut off is known to have been, once another came up"


def test_a_line_says_who_did_what_where_and_what_came_of_it(told: Callable[[], Told]) -> None:
    one = told()
    one.begin("half a character: \\udc80")
    one.begin("x" * 20_000)
    one.look()
    assert one.lines() == [], "nothing is told before it is known what came of it"
    one.end(0)
    one.end(0)
    one.look()
    first, second = one.lines()
    assert first["time"] == "2026-01-31T10:42:00.000+00:00"
    assert {name: first[name] for name in ("who", "surface", "operation", "project", "branch", "request_id")} == {
        "who": str(OWNER), "surface": "http", "operation": "table.write", "project": "shop", "branch": "try",
        "request_id": "r",
    }  # fmt: skip
    assert (first["outcome"], first["code"], first["ms"], first["level"]) == ("failed", "some-code", 250, "warning")
    assert "audit list --before" in str(second["arguments"]) and len(json.dumps(second)) < 1000


def test_an_earlier_data_db_that_is_put_back_is_told_of_as_it_goes_on(told: Callable[[], Told], store: Store) -> None:
    one = told()
    for _ in range(3):
        one.note()
    one.look()
    with store.write() as connection:
        connection.execute(delete(audit_table).where(audit_table.c.ended > 1))
    one.restart()
    one.note()
    one.look()
    assert [line["ended"] for line in one.lines()] == [1, 2, 3, 2]
