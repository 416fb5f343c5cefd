"""The functions of questions: text2sql, ask, and what makes them better: learn."""

import psycopg
from pydantic import BaseModel, ConfigDict, Field

from nacre.core.errors import Failed, InvalidInput
from nacre.llm.asking.answers import Answers, state_of
from nacre.llm.asking.guard.guard import check
from nacre.llm.asking.pipeline import How, Written, diagnosed, listed, write_sql
from nacre.llm.asking.running import Caps, Result, explain, run
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import Args, Json, function

_answers = Answers()


class AskingOptions(BaseModel):
    """What SQL gives as `options`, a jsonb object."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = None
    candidates: int = Field(1, ge=1, le=9)
    repairs: int = Field(2, ge=0, le=5)
    values: bool = True
    learned: bool = True
    rows: int = Field(1000, ge=1, le=100_000)
    timeout_s: float = Field(30.0, gt=0, le=600)

    def how(self) -> How:
        return How(self.model, self.candidates, self.repairs, self.values, self.learned, self.caps())

    def caps(self) -> Caps:
        return Caps(self.rows, self.timeout_s)


class AskArgs(Args):
    question: str = Field(min_length=1, max_length=20_000)
    options: AskingOptions = AskingOptions()


class LearnArgs(Args):
    said: str = Field(min_length=1, max_length=20_000)
    sql: str | None = Field(None, max_length=100_000)


@function("text2sql")
async def text2sql(desk: Desk, caller: Caller, args: AskArgs) -> Json:
    """→ {"sql", "explanation", "agreement": "2/3" or null, "candidates", "tables", "learned", "request_id"}"""
    return _told(await write_sql(desk, caller, args.question, args.options.how()), args.options)


@function("ask")
async def ask(desk: Desk, caller: Caller, args: AskArgs) -> Json:
    """→ as text2sql, with {"columns", "rows", "more"}"""
    written = await write_sql(desk, caller, args.question, args.options.how())
    candidate = written.chosen.candidate
    try:
        result = candidate.result or await run_guarded(desk, caller, candidate.sql, args.options.caps())
    except psycopg.Error as error:
        raise Failed(
            "bad-answer", f"PostgreSQL refuses what was written: {diagnosed(error)}", hint="Ask in other words."
        ) from error
    return _told(written, args.options) | shown(result)


@function("learn", admin=True)
async def learn(desk: Desk, caller: Caller, args: LearnArgs) -> Json:
    """→ {"model", "digest", "embedding"}, once the statement has been let through by the guard and planned"""
    if args.sql is not None:
        sql = args.sql.strip().rstrip(";")
        async with desk.sites.connect(caller.site, caller.database, "llm_reader") as connection:
            try:
                await check(connection, sql, caller.role)
                await explain(connection, sql)
            except psycopg.Error as error:
                raise InvalidInput(
                    "llm-bad-arguments",
                    f"The statement does not work: {diagnosed(error)}",
                    hint="Only what works is worth learning.",
                ) from error
    embedded = await desk.embed(caller, [args.said], None)
    return {"model": embedded.model, "digest": embedded.digest, "embedding": embedded.vectors[0]}


async def run_given(desk: Desk, caller: Caller, sql: str, caps: Caps) -> Result:
    """A statement that the caller gave themselves. Raises as `run_guarded`, and InvalidInput "llm-bad-arguments" where
    PostgreSQL refuses it."""
    try:
        return await run_guarded(desk, caller, sql, caps)
    except psycopg.Error as error:
        raise _not_run(error) from error


async def plan_given(desk: Desk, caller: Caller, sql: str) -> list[str]:
    """The plan of a statement that the caller gave themselves, line by line. Raises as `run_given`."""
    async with desk.sites.connect(caller.site, caller.database, "llm_reader") as connection:
        await check(connection, sql, caller.role)
        try:
            return await explain(connection, sql)
        except psycopg.Error as error:
            raise _not_run(error) from error


async def run_guarded(desk: Desk, caller: Caller, sql: str, caps: Caps) -> Result:
    """Checked for the caller, then run, or answered as before where nothing has changed.

    Raises NotAllowed "sql-refused", TooLarge "answer-too-large", psycopg.Error for what PostgreSQL refuses.
    """
    async with desk.sites.connect(caller.site, caller.database, "llm_reader") as connection:
        await check(connection, sql, caller.role)
        key = (caller.site, caller.database, caller.role, sql, caps.rows)
        state = await state_of(connection)
        result = _answers.get(key, state)
        if result is None:
            result = await run(connection, sql, caps)
            _answers.put(key, state, result)
        return result


def _not_run(error: psycopg.Error) -> InvalidInput:
    return InvalidInput(
        "llm-bad-arguments",
        f"PostgreSQL refuses the statement: {diagnosed(error)}",
        hint="It must be one statement that gives rows, as SELECT does.",
    )


def shown(result: Result) -> dict[str, Json]:
    return {"columns": list(result.columns), "rows": result.objects(), "more": result.more}


def _told(written: Written, options: AskingOptions) -> dict[str, Json]:
    chosen = written.chosen
    return {
        "sql": chosen.candidate.sql,
        "explanation": chosen.candidate.explanation,
        "agreement": f"{chosen.agree}/{chosen.asked}" if options.candidates > 1 else None,
        "candidates": listed(written.candidates),
        "tables": [table.called for table in written.tables],
        "learned": [{"id": each.id, "said": each.said, "sql": each.sql} for each in written.learned],
        "request_id": chosen.candidate.request_id,
    }
