"""What the statements of a branch cost, by what Postgres counts, and how it runs them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal

from psycopg import Connection

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.engines.postgres import statements as engine
from nacre.engines.postgres.statements import BLOCK_BYTES, Cost, Statement
from nacre.queries.reach import Reach
from nacre.queries.statements import identity
from nacre.queries.statements.advice import Advice, advise
from nacre.queries.statements.looks import Looks, since
from nacre.queries.statements.masking import masked
from nacre.queries.statements.plans import Plan, generic, measured, prepare, told

Top = Literal["time", "calls", "mean", "rows", "reads", "writes", "temporary", "log"]
_LONGEST_TEXT = 20_000
_PLANNING_S = 5.0


class StatementCost(Answer):
    """`text` is without values. `share` is its part of the time of all. `least_s` and `most_s` are those of one run
    since the counts were reset; bytes are those of pages, `log_bytes` those of the write-ahead log."""

    id: str
    database: str
    roles: list[str]
    text: str
    calls: int
    rows: int
    seconds: float
    mean_s: float
    least_s: float
    most_s: float
    share: float
    hit_bytes: int
    read_bytes: int
    written_bytes: int
    temporary_bytes: int
    log_bytes: int


class StatementsListed(Answer):
    """`look` names this very look: give it as `since` later, to hear what was added. `all` statements there were
    (`calls` and `seconds` are theirs together); `forgotten` is how often rare ones made room for others."""

    look: str
    since: datetime
    until: datetime
    all: int
    calls: int
    seconds: float
    forgotten: int
    statements: list[StatementCost]


class StatementsReset(Answer):
    since: datetime


class Statements:
    """Called from worker threads."""

    def __init__(self, catalog: Catalog, clusters: Clusters, reach: Reach, clock: Clock) -> None:
        self._catalog = catalog
        self._clusters = clusters
        self._reach = reach
        self._clock = clock
        self._looks = Looks()

    def costs(self, ref: Ref, by: Top, earlier: str | None, limit: int) -> StatementsListed:
        """Those that cost most, since the counts were reset or since an `earlier` look."""
        branch = self._catalog.running(ref)
        before = None if earlier is None else self._looks.find(branch.id, earlier)
        with self._clusters.admin(branch) as connection:
            counted = engine.counted(connection)
        now = self._clock()
        found = [(one, one.cost) for one in counted.statements] if before is None else since(
            counted.statements, before.costs
        )  # fmt: skip
        whole_ms = sum(cost.total_ms for _, cost in found)
        found.sort(key=lambda one: _rank(one[1], by), reverse=True)
        return StatementsListed(
            look=self._looks.keep(branch.id, now, counted),
            since=counted.since if before is None else max(before.time, counted.since),
            until=now,
            all=len(found),
            calls=sum(cost.calls for _, cost in found),
            seconds=whole_ms / 1000,
            forgotten=counted.forgotten,
            statements=[_listed(one, cost, whole_ms) for one, cost in found[:limit] if _rank(cost, by) > 0],
        )

    def explain(self, ref: Ref, id_: str) -> Plan:
        """The plan of a counted statement, whatever its values. Nothing is run, and no value is told."""
        with self._counted_one(ref, id_) as (connection, text):
            return told(generic(connection, prepare(connection, text)), masked)

    def advise(self, ref: Ref, id_: str) -> Advice:
        """Indexes that would make a counted statement cheaper. Nothing is made."""
        with self._counted_one(ref, id_) as (connection, text):
            return advise(connection, text)

    def attempt(self, ref: Ref, text: str, database: str | None, *, run: bool, timeout_s: float) -> Plan:
        """The plan of somebody's own statement; where it is `run`, with what it took, and all it did is rolled back."""
        reach = self._reach.connection if run else self._reach.looking
        with reach(ref, database, timeout_s=timeout_s) as connection:
            parameters = prepare(connection, text)
            if not run:
                return generic(connection, parameters)
            if parameters:
                raise InvalidInput(
                    "values-missing", "To run it, it needs its values.", hint="Write them in place of $1 and so on."
                )
            return measured(connection)

    def reset(self, ref: Ref) -> StatementsReset:
        """Count from nothing again."""
        branch = self._catalog.running(ref)
        with self._clusters.admin(branch) as connection:
            engine.reset(connection)
        return StatementsReset(since=self._clock())

    @contextmanager
    def _counted_one(self, ref: Ref, id_: str) -> Iterator[tuple[Connection[Any], str]]:
        """A connection that may only look, where a counted statement ran, and its text."""
        statement = self._find(ref, id_)
        try:
            with self._reach.looking(ref, statement.database, timeout_s=_PLANNING_S) as connection:
                yield connection, statement.text
        except InvalidInput as error:
            if error.code != "sql-error":
                raise
            # What Postgres says of a text with values in it may repeat them.
            said = (
                error.message if masked(statement.text) == statement.text else "Postgres cannot plan it as it is kept."
            )
            raise InvalidInput(
                error.code,
                said,
                hint="What is counted has lost its values, and which schemas its session looked into: give "
                "`nacre statement try` the whole of it.",
            ) from None

    def _find(self, ref: Ref, id_: str) -> Statement:
        database_id, query_id = identity.read(id_)
        for one in self._counted(self._catalog.running(ref)):
            if (one.database_id, one.query_id) == (database_id, query_id):
                return one
        raise identity.not_found(id_)

    def _counted(self, branch: Branch) -> list[Statement]:
        with self._clusters.admin(branch) as connection:
            return engine.counted(connection).statements


def _rank(cost: Cost, by: Top) -> float:
    match by:
        case "time":
            return cost.total_ms
        case "calls":
            return cost.calls
        case "mean":
            return cost.total_ms / max(cost.calls, 1)
        case "rows":
            return cost.rows
        case "reads":
            return cost.blocks_read
        case "writes":
            return cost.blocks_written
        case "temporary":
            return cost.temporary_read + cost.temporary_written
        case "log":
            return cost.wal_bytes


def _listed(one: Statement, cost: Cost, whole_ms: float) -> StatementCost:
    return StatementCost(
        id=identity.written(one.database_id, one.query_id),
        database=one.database,
        roles=sorted(filter(None, one.roles)),
        text=masked(one.text)[:_LONGEST_TEXT],
        calls=cost.calls,
        rows=cost.rows,
        seconds=cost.total_ms / 1000,
        mean_s=cost.total_ms / 1000 / max(cost.calls, 1),
        least_s=cost.least_ms / 1000,
        most_s=cost.most_ms / 1000,
        share=cost.total_ms / whole_ms if whole_ms else 0.0,
        hit_bytes=cost.blocks_hit * BLOCK_BYTES,
        read_bytes=cost.blocks_read * BLOCK_BYTES,
        written_bytes=cost.blocks_written * BLOCK_BYTES,
        temporary_bytes=(cost.temporary_read + cost.temporary_written) * BLOCK_BYTES,
        log_bytes=cost.wal_bytes,
    )
