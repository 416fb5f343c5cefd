"""The functions of reports: what a statement gives, explained or reported with a chart."""

import json

from pydantic import Field, ValidationError

from nacre.engines.models.provider import Message
from nacre.llm.asking.functions import AskingOptions, plan_given, run_given, shown
from nacre.llm.asking.running import Result
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import Args, Json, function
from nacre.llm.prompt import Options, Prompt
from nacre.llm.reports.chart import Chart, fits, usual
from nacre.llm.sets.data import marked
from nacre.llm.talking.structured import ask_for_json

_TOLD_ROWS = 60
_TOLD_CHARACTERS = 12_000
_EXPLAIN = """Say in a few plain sentences what these rows of a database mean, for someone who knows no SQL.
Name the numbers that matter. Say nothing that the rows do not show. Write in {language}. {rule}"""
_REPORT = """Write a short report on these rows of a database: a title, a summary of a few sentences, the findings as
single sentences, and the chart that shows them best, of columns by their names; kind none where a table says more.
Say nothing that the rows do not show. Write in {language}. {rule}"""
_ANALYSE = """Say in a few plain sentences how PostgreSQL runs this statement, and what would make it faster or simpler:
an index, another way to write it, or nothing. Rely on its plan, and say where that does not tell. Write in {language}.
{rule}"""
_FORM = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "summary": {"type": "string"},
        "findings": {"type": "array", "items": {"type": "string"}},
        "chart": {
            "type": "object",
            "properties": {
                "kind": {"enum": ["bar", "line", "pie", "scatter", "none"]},
                "title": {"type": "string"},
                "x": {"type": ["string", "null"]},
                "y": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["kind", "title", "x", "y"],
            "additionalProperties": False,
        },
    },
    "required": ["title", "summary", "findings", "chart"],
    "additionalProperties": False,
}


class ReportOptions(AskingOptions):
    """`language`: in which the words are written."""

    language: str = Field("English", min_length=1, max_length=40)


class ReportArgs(Args):
    sql: str = Field(min_length=1, max_length=100_000)
    options: ReportOptions = ReportOptions()


@function("explain_result")
async def explain_result(desk: Desk, caller: Caller, args: ReportArgs) -> Json:
    """→ {"text", "request_id"}: what the rows of a statement mean"""
    result = await run_given(desk, caller, args.sql, args.options.caps())
    reply = await desk.ask(caller, _prompt(_EXPLAIN, "explain_result", args, result))
    return {"text": reply.text, "request_id": reply.request_id}


@function("report")
async def report(desk: Desk, caller: Caller, args: ReportArgs) -> Json:
    """→ {"title", "summary", "findings", "chart", "columns", "rows", "more", "request_id"}"""
    result = await run_given(desk, caller, args.sql, args.options.caps())
    reply, written = await ask_for_json(desk, caller, _prompt(_REPORT, "report", args, result), _FORM)
    chart = _chart(written, result).model_dump(mode="json")
    return written | {"chart": chart} | shown(result) | {"request_id": reply.request_id}


@function("analyse")
async def analyse(desk: Desk, caller: Caller, args: ReportArgs) -> Json:
    """→ {"columns", "rows", "more", "plan", "text", "request_id"}: a statement run, with advice on how it runs"""
    result = await run_given(desk, caller, args.sql, args.options.caps())
    plan = await plan_given(desk, caller, args.sql)
    rule, data = marked([args.sql, "\n".join(plan)[:_TOLD_CHARACTERS]])
    system = _ANALYSE.format(language=args.options.language, rule=rule)
    messages = (Message("system", system), Message("user", f"The statement, and its plan:\n{data}"))
    reply = await desk.ask(caller, Prompt(messages, "analyse", args.options.model, Options(temperature=0.0)))
    return shown(result) | {"plan": plan, "text": reply.text, "request_id": reply.request_id}


def _chart(written: dict[str, Json], result: Result) -> Chart:
    """The one that was written, if it can be drawn of these rows, else the usual one."""
    try:
        chart = Chart.model_validate(written["chart"])
    except ValidationError:
        return usual(result, written["title"])
    return chart if fits(chart, result) is None else usual(result, written["title"])


def _prompt(words: str, purpose: str, args: ReportArgs, result: Result) -> Prompt:
    """The statement and its first rows, marked as data; how many more there are is told."""
    lines = [json.dumps(row, ensure_ascii=False) for row in result.rows[:_TOLD_ROWS]]
    said = "\n".join([json.dumps(result.columns, ensure_ascii=False), *lines])[:_TOLD_CHARACTERS]
    rule, data = marked([args.sql, said])
    more = (
        "" if len(result.rows) <= _TOLD_ROWS and not result.more else f"\nThese are the first {_TOLD_ROWS} rows only."
    )
    system = words.format(language=args.options.language, rule=rule)
    messages = (Message("system", system), Message("user", f"The statement, and its rows:\n{data}{more}"))
    return Prompt(messages, purpose, args.options.model, Options(temperature=0.0))
