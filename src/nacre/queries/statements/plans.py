"""How Postgres runs a statement, as a tree of steps; read from the JSON of EXPLAIN."""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.pq import ExecStatus
from psycopg.sql import SQL, Composed

from nacre.core.errors import InvalidInput
from nacre.core.operations import Answer
from nacre.engines.postgres.query import sql_error

_NAME = b"nacre_plan"
_CONDITIONS = (
    "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "One-Time Filter", "Filter", "Order By",
    "Sort Key", "Presorted Key", "Group Key", "Sort Method", "Cache Key", "Subplan Name", "CTE Name", "Function Name",
    "Join Type", "Strategy", "Operation",
)  # fmt: skip


class Step(Answer):
    """One step. `rows_expected` and the measured numbers are of one loop, `seconds` with all steps below it; what was
    not measured is None. `conditions` are what EXPLAIN says of it, by its words."""

    kind: str
    relation: str | None
    alias: str | None
    index: str | None
    conditions: dict[str, str]
    cost: float
    rows_expected: float
    width_bytes: int
    loops: float | None
    rows: float | None
    seconds: float | None
    rows_removed: float | None
    blocks_hit: int | None
    blocks_read: int | None
    temporary_blocks: int | None
    steps: list["Step"]


class Plan(Answer):
    """`cost` is in Postgres's own unit: to read a page in order costs 1. The times are None where it was not run."""

    step: Step
    cost: float
    planning_s: float | None
    seconds: float | None


def prepare(connection: Connection[Any], text: str) -> int:
    """Have one statement understood, without running it; the number of its parameters.

    Raises InvalidInput "sql-error", also for more than one statement.
    """
    connection.prepare_threshold = None  # the library would prepare what it is often asked for, this very command too
    connection.execute("DEALLOCATE ALL")
    prepared = connection.pgconn.prepare(_NAME, text.encode())
    if prepared.status != ExecStatus.COMMAND_OK:
        raise sql_error(psycopg.errors.error_from_result(prepared))
    return connection.pgconn.describe_prepared(_NAME).nparams


def generic(connection: Connection[Any], parameters: int) -> Plan:
    """The plan that serves whatever the parameters of what was prepared are. Nothing is run."""
    connection.execute("SET plan_cache_mode = force_generic_plan")
    return _explained(connection, SQL("EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE nacre_plan") + _nothing(parameters))


def measured(connection: Connection[Any]) -> Plan:
    """The plan of what was prepared, run and rolled back."""
    with connection.transaction(force_rollback=True):
        return _explained(connection, SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, VERBOSE) EXECUTE nacre_plan"))


def told(plan: Plan, mask: Callable[[str], str]) -> Plan:
    """The plan with its conditions as `mask` leaves them."""
    return plan.model_copy(update={"step": _told(plan.step, mask)})


def _told(step: Step, mask: Callable[[str], str]) -> Step:
    conditions = {name: mask(text) for name, text in step.conditions.items()}
    return step.model_copy(update={"conditions": conditions, "steps": [_told(each, mask) for each in step.steps]})


def _nothing(parameters: int) -> SQL | Composed:
    if not parameters:
        return SQL("")
    return SQL("({})").format(SQL(", ").join([SQL("NULL")] * parameters))


def _explained(connection: Connection[Any], statement: SQL | Composed) -> Plan:
    row = connection.execute(statement).fetchone()
    found = row[0][0] if row is not None and isinstance(row[0], list) and row[0] else None
    if not isinstance(found, dict) or "Plan" not in found:
        raise InvalidInput(
            "no-plan", "Only queries and changes of rows have plans: what this does is always done the same way."
        )
    step = _step(found["Plan"])
    return Plan(
        step=step,
        cost=step.cost,
        planning_s=_seconds(found.get("Planning Time")),
        seconds=_seconds(found.get("Execution Time")),
    )


def _step(said: dict[str, Any]) -> Step:
    name = said.get("Relation Name")
    loops = said.get("Actual Loops")
    return Step(
        kind=said["Node Type"],
        relation=None if name is None else f"{said['Schema']}.{name}" if "Schema" in said else name,
        alias=said.get("Alias"),
        index=said.get("Index Name"),
        conditions={each: _text(said[each]) for each in _CONDITIONS if each in said},
        cost=said["Total Cost"],
        rows_expected=said["Plan Rows"],
        width_bytes=said["Plan Width"],
        loops=loops,
        rows=said.get("Actual Rows"),
        seconds=_seconds(said.get("Actual Total Time")),
        rows_removed=said.get("Rows Removed by Filter"),
        blocks_hit=said.get("Shared Hit Blocks"),
        blocks_read=said.get("Shared Read Blocks"),
        temporary_blocks=said.get("Temp Written Blocks"),
        steps=[_step(each) for each in said.get("Plans", ())],
    )


def _text(said: Any) -> str:
    return ", ".join(map(str, said)) if isinstance(said, list) else str(said)


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
