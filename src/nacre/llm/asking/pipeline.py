"""A question becomes SQL: what it is about, what was learned of such, a statement, the guard, a plan, and mending."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import psycopg

from nacre.core.errors import Failed, NacreError, NotAllowed, TooLarge
from nacre.engines.models.provider import Message
from nacre.llm.asking.candidates import Candidate, Chosen, choose
from nacre.llm.asking.guard.guard import check
from nacre.llm.asking.guard.resolved import Connection
from nacre.llm.asking.linking import link
from nacre.llm.asking.memory import Learned, recall
from nacre.llm.asking.prompting import ANSWER, again, question
from nacre.llm.asking.running import Caps, explain, run
from nacre.llm.asking.schema import Schema, Table, read_schema
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.errors import Detailed
from nacre.llm.prompt import Options, Prompt
from nacre.llm.talking.structured import ask_for_json
from nacre.llm.together import together

_VARIED = 0.7
"""How freely all candidates but the first are written."""


@dataclass(frozen=True)
class How:
    """`candidates` are written at once, each mended up to `repairs` times. `values`: whether a model sees some;
    `learned`: whether it sees examples and facts that are alike."""

    model: str | None = None
    candidates: int = 1
    repairs: int = 2
    values: bool = True
    learned: bool = True
    caps: Caps = field(default_factory=Caps)


@dataclass(frozen=True)
class Written:
    """What was chosen, and what it was chosen from; `learned` are the examples and facts that were shown."""

    chosen: Chosen
    candidates: tuple[Candidate, ...]
    tables: tuple[Table, ...]
    learned: tuple[Learned, ...]


async def write_sql(desk: Desk, caller: Caller, asked: str, how: How) -> Written:
    """Raises Detailed "ambiguous-question" (LM015), NotAllowed "sql-refused" (LM016), Failed "bad-answer" (LM010),
    what the desk raises."""
    async with desk.sites.connect(caller.site, caller.database, "llm_reader") as connection:
        schema = await read_schema(connection, caller.role, values=how.values)
        learned = await _recall(desk, caller, connection, asked) if how.learned else ()
        version = connection.info.server_version // 10_000
    tables = await _about(schema, caller, asked)
    messages = question(version, tables, learned, asked)
    told = await together(_candidate(desk, caller, messages, how, turn) for turn in range(how.candidates))
    candidates = tuple(each for each in told if isinstance(each, Candidate))
    back = [each for each in told if isinstance(each, str)]
    if len(back) > len(candidates):
        raise _ambiguous(back[0])
    chosen = choose(candidates)
    if chosen is None:
        raise Failed(
            "bad-answer",
            f"No statement that was written for this question works: {candidates[0].wrong}",
            hint="Say more of what is meant, teach a fact or an example by llm.learn, or use another model.",
        )
    return Written(chosen, candidates, tables, learned)


async def _recall(desk: Desk, caller: Caller, connection: Connection, asked: str) -> tuple[Learned, ...]:
    """Nothing is embedded where nothing was learned."""
    some = await (await connection.execute("SELECT EXISTS (SELECT FROM llm.learned)")).fetchone()
    if some is None or not some[0]:
        return ()
    embedded = await desk.embed(caller, [asked], None)
    return await recall(connection, embedded.digest, embedded.vectors[0])


async def _about(schema: Schema, caller: Caller, asked: str) -> tuple[Table, ...]:
    if not schema.tables:
        raise NotAllowed(
            "sql-refused",
            f"There is no table that {caller.role} may read.",
            hint="GRANT SELECT on some to that role, or ask as another one.",
        )
    return await asyncio.to_thread(link, schema, asked)  # a large schema takes seconds, and others have calls to make


async def _candidate(desk: Desk, caller: Caller, messages: tuple[Message, ...], how: How, turn: int) -> Candidate | str:
    """A statement, mended as often as may be; or what the model asks back."""
    options = Options(temperature=0.0 if turn == 0 else _VARIED, seed=turn, cache=True)
    candidate = Candidate("", "", wrong="nothing was written")
    for _ in range(how.repairs + 1):
        prompt = Prompt(messages, "text2sql", how.model, options)
        reply, answer = await ask_for_json(desk, caller, prompt, ANSWER)
        sql = (answer["sql"] or "").strip().rstrip(";").strip()
        if not sql:
            return str(answer["clarify"] or "What exactly is meant?")
        candidate = await _tried(desk, caller, Candidate(sql, answer["explanation"], request_id=reply.request_id), how)
        if candidate.wrong is None:
            break
        messages = (*messages, *again(sql, candidate.wrong))
    return candidate


async def _tried(desk: Desk, caller: Caller, candidate: Candidate, how: How) -> Candidate:
    """Checked and planned; run as well, where several are to be compared."""
    async with desk.sites.connect(caller.site, caller.database, "llm_reader") as connection:
        try:
            await check(connection, candidate.sql, caller.role)
            await explain(connection, candidate.sql)
            if how.candidates > 1:
                return replace(candidate, result=await run(connection, candidate.sql, how.caps))
        except psycopg.Error as error:
            return replace(candidate, wrong=diagnosed(error))
        except (NotAllowed, TooLarge) as error:
            return replace(candidate, wrong=error.message)
    return candidate


def diagnosed(error: psycopg.Error) -> str:
    """All that the database says of an error, as far as it helps to mend it."""
    said = error.diag
    if "function" in (said.context or ""):
        return "a function that it sets off failed."  # whose words could be anything that the reader may see
    parts = [said.message_primary or str(error), said.message_detail, said.message_hint]
    return " ".join(part.strip() for part in parts if part)


def _ambiguous(back: str) -> NacreError:
    return Detailed(
        "ambiguous-question",
        f"The question is open: {back}",
        hint="Ask again with the answer to that in the question.",
        detail=back,
    )


def listed(candidates: Sequence[Candidate]) -> list[dict[str, object]]:
    """The candidates as people see them."""
    return [
        {"sql": each.sql, "explanation": each.explanation, "error": each.wrong,
         "rows": None if each.result is None else len(each.result.rows)}
        for each in candidates
    ]  # fmt: skip
