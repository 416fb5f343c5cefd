"""The verbs of slow statements: statement list, explain, advise, try, reset."""

from typing import Annotated

from pydantic import Field

from nacre.core.names import Ref
from nacre.core.operations import Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.queries.statements.advice import Advice
from nacre.queries.statements.plans import Plan
from nacre.queries.statements.statements import Statements, StatementsListed, StatementsReset, Top

RefField = Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
IdField = Annotated[
    str,
    Cli(positional=True),
    Field(description="As `nacre statement list` names it.", examples=["16384-9f3a7c0012de45b1"]),
]


class ListStatements(Call):
    ref: RefField
    by: Annotated[Top, Field(description="What to sort by, the most first.")] = "time"
    since: Annotated[str | None, Field(max_length=40, description="An earlier `look`: what came since it.")] = None
    limit: Annotated[int, Field(ge=1, le=1000, description="At most this many.")] = 50


class OneStatement(Call):
    ref: RefField
    id: IdField


class TryStatement(Call):
    ref: RefField
    command: Annotated[str, Cli(short="-c"), Private(), Field(description="One statement.", examples=["SELECT 1"])]
    database: Annotated[str | None, Cli(short="-d"), Field(description="The database (default: the project's).")] = None
    run: Annotated[bool, Field(description="Run it, measure each step, and roll back what it did.")] = False
    timeout: Annotated[float, Field(gt=0, le=600, description="Seconds until it is cancelled.")] = 30.0


class ResetStatements(Call):
    ref: RefField


@operation("statement.list", "GET /api/projects/{ref}/statements", role=Role.VIEWER, effect=Effect.READ)
def list_statements(statements: Statements, who: Principal, call: ListStatements) -> StatementsListed:
    """List the statements that cost a branch's database most, without the values that were in them.

    Counted since the last reset, or since an earlier look whose `look` is given as `since`.
    """
    return statements.costs(call.ref, call.by, call.since, call.limit)


@operation("statement.explain", "GET /api/projects/{ref}/statements/{id}/plan", role=Role.VIEWER, effect=Effect.READ)
def explain_statement(statements: Statements, who: Principal, call: OneStatement) -> Plan:
    """Show how Postgres would run a counted statement, whatever its values; it is not run."""
    return statements.explain(call.ref, call.id)


@operation("statement.advise", "GET /api/projects/{ref}/statements/{id}/advice", role=Role.VIEWER, effect=Effect.READ)
def advise_statement(statements: Statements, who: Principal, call: OneStatement) -> Advice:
    """Name indexes that would make a counted statement cheaper; each is tried first where the extension hypopg is."""
    return statements.advise(call.ref, call.id)


@operation("statement.try", "POST /api/projects/{ref}/statements/plan", role=Role.USER, effect=Effect.WRITE)
def try_statement(statements: Statements, who: Principal, call: TryStatement) -> Plan:
    """Show how Postgres runs a statement of your own: as planned, or really run, measured and rolled back.

    What a rollback does not undo stays: numbers taken from sequences, and what was asked of a model.
    """
    return statements.attempt(call.ref, call.command, call.database, run=call.run, timeout_s=call.timeout)


@operation("statement.reset", "DELETE /api/projects/{ref}/statements", role=Role.USER, effect=Effect.DESTRUCTIVE)
def reset_statements(statements: Statements, who: Principal, call: ResetStatements) -> StatementsReset:
    """Count the statements of a branch from nothing again."""
    return statements.reset(call.ref)
