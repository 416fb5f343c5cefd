"""Durable procedures: multi-step changes that a kill at any instant leaves either done or as before.

A procedure is a list of idempotent steps over a small JSON state. Before a step runs, its name is on disk; after it,
so is the state it left. Up to and including the procedure's commit step, an interrupted run is undone in reverse
order; past it, the rest is run again until it is through. This is the saga pattern with a pivot (Garcia-Molina and
Salem, “Sagas”, 1987; “pivot transaction”, Richardson, Microservices Patterns, ch. 4).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlalchemy import JSON, Column, Integer, Table, Text, delete, insert, select, update

from nacre.core.clock import Clock
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
"""What a procedure knows, as JSON values; steps read and extend it."""


@dataclass(frozen=True)
class Step:
    """One idempotent step. `do` may run again after a kill; `undo` takes back a `do` that ran wholly, partly or not."""

    name: str
    do: Callable[[State], None]
    undo: Callable[[State], None] = lambda _: None


class Procedure(Protocol):
    """A kind of procedure. `commit` names the step whose completion decides between forward and back."""

    kind: str
    commit: str

    def steps(self) -> tuple[Step, ...]: ...


Tracer = Callable[[str, str, str], None]
"""Called with (kind, step, "before" | "done" | "after" | "undo") around every step; tests kill the process there."""


def no_trace(_kind: str, _step: str, _when: str) -> None:
    """The tracer of ordinary life."""


class Procedures:
    """Runs procedures and finishes those a crash cut off."""

    def __init__(self, store: Store, clock: Clock, kinds: Iterable[Procedure], trace: Tracer = no_trace) -> None:
        self._store = store
        self._clock = clock
        self._kinds = {kind.kind: kind for kind in kinds}
        self._trace = trace

    @property
    def kinds(self) -> tuple[Procedure, ...]:
        return tuple(self._kinds.values())

    def run(self, kind: str, state: State) -> State:
        """Run all steps and return the final state. An error before the commit step completes undoes what was done."""
        procedure = self._kinds[kind]
        with self._store.write() as connection:
            row = connection.execute(
                insert(procedure_table)
                .values(kind=kind, step=0, direction="forward", state=state, started_at=self._clock())
                .returning(procedure_table.c.id)
            )
            number = int(row.scalar_one())
        return self._forward(number, procedure, state, start=0)

    def recover(self) -> None:
        """After a start: take every interrupted procedure to its end, forward or back."""
        with self._store.read() as connection:
            rows = connection.execute(select(procedure_table).order_by(procedure_table.c.id)).all()
        for row in rows:
            procedure = self._kinds[row.kind]
            pivot = [step.name for step in procedure.steps()].index(procedure.commit)
            _log.info("recovering procedure", kind=row.kind, step=row.step, direction=row.direction)
            if row.direction == "forward" and row.step > pivot:
                self._forward(row.id, procedure, dict(row.state), start=row.step)
            else:
                self._backward(row.id, procedure, dict(row.state), start=row.step)

    def _forward(self, number: int, procedure: Procedure, state: State, start: int) -> State:
        steps = procedure.steps()
        pivot = [step.name for step in steps].index(procedure.commit)
        for index in range(start, len(steps)):
            step = steps[index]
            report(step.name, done=index, total=len(steps))
            self._trace(procedure.kind, step.name, "before")
            try:
                step.do(state)
            except Exception:
                if index <= pivot:
                    self._backward(number, procedure, state, start=index)
                raise
            self._trace(procedure.kind, step.name, "done")
            self._save(number, state, step=index + 1)
            self._trace(procedure.kind, step.name, "after")
        self._forget(number)
        return state

    def _backward(self, number: int, procedure: Procedure, state: State, start: int) -> None:
        steps = procedure.steps()
        self._save(number, state, step=start, direction="back")
        for index in range(min(start, len(steps) - 1), -1, -1):
            self._trace(procedure.kind, steps[index].name, "undo")
            steps[index].undo(state)
            self._save(number, state, step=index, direction="back")
        self._forget(number)

    def _save(self, number: int, state: State, step: int, direction: str = "forward") -> None:
        with self._store.write() as connection:
            connection.execute(
                update(procedure_table)
                .where(procedure_table.c.id == number)
                .values(state=state, step=step, direction=direction)
            )

    def _forget(self, number: int) -> None:
        with self._store.write() as connection:
            connection.execute(delete(procedure_table).where(procedure_table.c.id == number))
