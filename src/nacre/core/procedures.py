"""Durable procedures: multi-step changes that a kill at any instant leaves either done or as before.

A procedure is a list of idempotent steps over a small JSON state. Before a step runs, its name is on disk; after it,
so is the state it left. Up to and including the procedure's commit step, an interrupted run is undone in reverse
order; past it, the rest is run again until it is through. This is the saga pattern with a pivot (Garcia-Molina and
Salem, “Sagas”, 1987; “pivot transaction”, Richardson, Microservices Patterns, ch. 4).

What cannot be finished for now stays written down as trouble of the branches it concerns; it is tried again before
anything else is done to them, and at the next start.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlalchemy import JSON, Column, Integer, Row, Table, Text, delete, insert, select, update

from nacre.core.clock import Clock
from nacre.core.errors import Failed, NacreError, Unavailable
from nacre.core.names import Ref
from nacre.core.progress import report
from nacre.core.store.store import Store
from nacre.core.store.tables import UtcTime, metadata

_log = structlog.get_logger()

procedure_table = Table(
    "procedure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("direction", Text, nullable=False),
    Column("state", JSON, nullable=False),
    Column("started_at", UtcTime, nullable=False),
)

State = dict[str, Any]
"""What a procedure knows, as JSON values; steps read and extend it. Its `refs` name the branches it concerns."""


@dataclass(frozen=True)
class Step:
    """One idempotent step. `do` may run again after a kill; `undo` takes back a `do` that ran wholly, partly or not."""

    name: str
    do: Callable[[State], None]
    undo: Callable[[State], None] = lambda _: None


class Procedure(Protocol):
    """A kind of procedure. `commit` names the step whose completion decides between forward and back.

    One that `removes` leaves nothing of its branches, so what was left open about them ends with it.
    """

    kind: str
    commit: str
    removes: bool

    def steps(self) -> tuple[Step, ...]: ...


Tracer = Callable[[str, str, str], None]
"""Called with (kind, step, "before" | "done" | "after" | "undo") around every step; tests kill the process there.

What it raises “before” a step or when it is “done” counts as the step's own failure.
"""


def no_trace(_kind: str, _step: str, _when: str) -> None:
    """The tracer of ordinary life."""


class Procedures:
    """Runs procedures and finishes those that a crash or an error cut off."""

    def __init__(self, store: Store, clock: Clock, kinds: Iterable[Procedure], trace: Tracer = no_trace) -> None:
        self._store = store
        self._clock = clock
        self._kinds = {kind.kind: kind for kind in kinds}
        self._trace = trace
        self._finishing = threading.Lock()
        self._trouble: dict[int, tuple[frozenset[str], str]] = {}

    @property
    def kinds(self) -> tuple[Procedure, ...]:
        return tuple(self._kinds.values())

    def run(self, kind: str, state: State) -> State:
        """Run all steps and return the final state. The caller holds the branches that the state's `refs` name.

        An error before the commit step completes undoes what was done. Raises what a step raises, Unavailable
        "change-unfinished" if something older about the same branches can still not be finished, and Failed
        "not-taken-back" if the undoing fails too.
        """
        procedure = self._kinds[kind]
        self._settle(frozenset(state["refs"]), sparing_covered=procedure.removes)
        with self._store.write() as connection:
            row = connection.execute(
                insert(procedure_table)
                .values(kind=kind, step=0, direction="forward", state=state, started_at=self._clock())
                .returning(procedure_table.c.id)
            )
            number = int(row.scalar_one())
        return self._forward(number, procedure, state, start=0)

    def settle(self, *refs: Ref) -> None:
        """Finish what was left open about these branches, which the caller holds.

        Raises Unavailable "change-unfinished".
        """
        self._settle(frozenset(map(str, refs)), sparing_covered=False)

    def recover(self) -> None:
        """After a start: take every interrupted procedure to its end, forward or back, each on its own.

        What cannot be finished is kept as trouble; it keeps nothing else from starting.
        """
        rows = sorted(self._open(), key=lambda row: not self._removes(row.kind))
        for row in rows:
            try:
                self._finish(row.id)
            except Exception:
                _log.exception("procedure not recovered", kind=row.kind, step=row.step, state=row.state)

    def trouble(self) -> dict[str, str]:
        """By branch, as `Ref` writes it: what could not be finished, and why."""
        found: dict[str, str] = {}
        for refs, message in list(self._trouble.values()):
            found.update(dict.fromkeys(refs, message))
        return found

    def _settle(self, refs: frozenset[str], *, sparing_covered: bool) -> None:
        for row in self._open():
            concerned = _refs(row)
            if not concerned & refs or (sparing_covered and concerned <= refs):
                continue
            try:
                self._finish(row.id)
            except Exception as error:
                raise Unavailable(
                    "change-unfinished",
                    f"An earlier {row.kind} of {', '.join(sorted(concerned))} can still not be finished: {error}",
                    hint="It is tried again with every change. `nacre status` and the daemon's log tell more.",
                ) from error

    def _finish(self, number: int) -> None:
        """Take one open procedure to its end. Two who hold different branches of it may come here at once."""
        with self._finishing:
            row = next((row for row in self._open() if row.id == number), None)
            if row is None:
                return
            try:
                self._finish_row(row)
            except Exception as error:
                self._trouble[number] = _refs(row), f"{row.kind} unfinished: {_words(error)}"
                raise

    def _finish_row(self, row: Row[Any]) -> None:
        if row.kind not in self._kinds:
            raise Failed("unknown-procedure", f"This Nacre knows no procedure “{row.kind}”.")
        procedure = self._kinds[row.kind]
        _log.info("finishing procedure", kind=row.kind, step=row.step, direction=row.direction)
        if row.direction == "forward" and row.step > _pivot(procedure):
            self._forward(row.id, procedure, dict(row.state), start=row.step)
        else:
            self._backward(row.id, procedure, dict(row.state), start=row.step)

    def _forward(self, number: int, procedure: Procedure, state: State, start: int) -> State:
        steps = procedure.steps()
        for index in range(start, len(steps)):
            step = steps[index]
            report(step.name, done=index, total=len(steps))
            try:
                self._trace(procedure.kind, step.name, "before")
                step.do(state)
                self._trace(procedure.kind, step.name, "done")
            except Exception as error:
                if index <= _pivot(procedure):
                    self._take_back(number, procedure, state, index, error)
                else:
                    self._trouble[number] = frozenset(state["refs"]), f"{procedure.kind} unfinished: {_words(error)}"
                raise
            self._save(number, state, step=index + 1)
            self._trace(procedure.kind, step.name, "after")
        self._forget(number, frozenset(state["refs"]) if procedure.removes else frozenset())
        return state

    def _take_back(self, number: int, procedure: Procedure, state: State, start: int, error: Exception) -> None:
        try:
            self._backward(number, procedure, state, start)
        except Exception as second:
            _log.exception("procedure not taken back", kind=procedure.kind, state=state)
            self._trouble[number] = frozenset(state["refs"]), f"{procedure.kind} not taken back: {_words(second)}"
            raise Failed(
                "not-taken-back",
                f"{_words(error)} Taking back what was done by then failed too: {_words(second)}",
                hint="It is tried again before the next change of the branch, and at the next start.",
            ) from error

    def _backward(self, number: int, procedure: Procedure, state: State, start: int) -> None:
        steps = procedure.steps()
        self._save(number, state, step=start, direction="back")
        for index in range(min(start, len(steps) - 1), -1, -1):
            self._trace(procedure.kind, steps[index].name, "undo")
            steps[index].undo(state)
            self._save(number, state, step=index, direction="back")
        self._forget(number, frozenset())

    def _removes(self, kind: str) -> bool:
        return kind in self._kinds and self._kinds[kind].removes

    def _open(self) -> list[Row[Any]]:
        with self._store.read() as connection:
            return list(connection.execute(select(procedure_table).order_by(procedure_table.c.id)))

    def _save(self, number: int, state: State, step: int, direction: str = "forward") -> None:
        with self._store.write() as connection:
            connection.execute(
                update(procedure_table)
                .where(procedure_table.c.id == number)
                .values(state=state, step=step, direction=direction)
            )

    def _forget(self, number: int, gone: frozenset[str]) -> None:
        """Strike it out, together with whatever concerns only branches that are `gone` now."""
        over = [number, *(row.id for row in self._open() if gone and _refs(row) <= gone)]
        with self._store.write() as connection:
            connection.execute(delete(procedure_table).where(procedure_table.c.id.in_(over)))
        for each in over:
            self._trouble.pop(each, None)


def _pivot(procedure: Procedure) -> int:
    return [step.name for step in procedure.steps()].index(procedure.commit)


def _refs(row: Row[Any]) -> frozenset[str]:
    return frozenset(row.state.get("refs", ()))


def _words(error: Exception) -> str:
    return error.message if isinstance(error, NacreError) else f"{type(error).__name__}: {error}."
