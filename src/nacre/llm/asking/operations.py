"""The verbs of questions: llm ask, text2sql, learn, question list, question forget, explain, report."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Rare, operation
from nacre.core.principals import Principal, Role
from nacre.llm.client import Llm
from nacre.llm.inside import Inside
from nacre.llm.reports.chart import Chart

RefField = Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
Question = Annotated[
    str,
    Cli(positional=True),
    Field(min_length=1, max_length=20_000, description="The question.", examples=["How many orders are open?"]),
]


class AskDatabase(Call):
    ref: RefField
    question: Question
    model: Annotated[str | None, Field(max_length=100, description="Who writes the SQL (none: the default).")] = None
    candidates: Annotated[
        int, Rare(), Field(ge=1, le=9, description="How many statements are written and compared by their rows.")
    ] = 1
    rows: Annotated[int, Field(ge=1, le=10_000, description="At most this many rows.")] = 200
    values: Annotated[bool, Rare(), Field(description="Whether the model sees some values of the data.")] = True


class Learn(Call):
    ref: RefField
    said: Annotated[
        str,
        Cli(positional=True),
        Field(
            min_length=1, max_length=20_000, description="A question; without SQL, a fact.", examples=["What is due?"]
        ),
    ]
    sql: Annotated[str | None, Field(max_length=100_000, description="The SQL that answers the question.")] = None


class ListLearned(Call):
    ref: RefField


class ForgetLearned(Call):
    ref: RefField
    id: Annotated[int, Cli(positional=True), Field(ge=1, lt=1 << 31, description="Its number in the list.")]


class Candidate(Answer):
    """A statement that was written; `error` says why it does not work, `rows` how many it gave where it was run."""

    sql: str
    explanation: str
    error: str | None
    rows: int | None


class Shown(Answer):
    """An example or fact that the model was shown."""

    id: int
    said: str
    sql: str | None


class Written(Answer):
    """`agreement`: how many of the candidates gave the same rows, as 2/3; null where only one was written.
    `request_id`: of the call that wrote the statement, for `nacre llm trace` and `feedback`."""

    sql: str
    explanation: str
    agreement: str | None
    candidates: list[Candidate]
    tables: list[str]
    learned: list[Shown]
    request_id: str


class Answered(Written):
    """`more`: there are more rows than were asked for."""

    columns: list[str]
    rows: list[dict[str, JsonValue]]
    more: bool


class Learned(Answer):
    id: int
    kind: Literal["example", "fact"]
    said: str
    sql: str | None
    learned_by: str
    at: datetime


class LearnedList(RootModel[list[Learned]]):
    pass


class Report(Call):
    ref: RefField
    sql: Annotated[
        str,
        Cli(positional=True),
        Field(min_length=1, max_length=100_000, description="A statement that reads.", examples=["SELECT 1 AS one"]),
    ]
    model: Annotated[str | None, Field(max_length=100, description="Who writes (none: the default).")] = None
    language: Annotated[str, Field(min_length=1, max_length=40, description="In which the words are written.")] = (
        "English"
    )
    rows: Annotated[int, Field(ge=1, le=10_000, description="At most this many rows.")] = 200


class Explained(Answer):
    text: str
    request_id: str


class Reported(Answer):
    """`chart` names columns of the rows; its kind is none where a table says more."""

    title: str
    summary: str
    findings: list[str]
    chart: Chart
    columns: list[str]
    rows: list[dict[str, JsonValue]]
    more: bool
    request_id: str


class NowLearned(Answer):
    id: int


class Forgotten(Answer):
    forgotten: bool


# Its name is what agents see it as: the tool ask_database.
@operation(
    "ask.database", "POST /api/projects/{ref}/questions", role=Role.USER, effect=Effect.READ, verb="llm ask", long=True,
    first_class=True,
)  # fmt: skip
def ask(llm: Llm, who: Principal, call: AskDatabase) -> Answered:
    """Ask a branch's database a question in plain words; the SQL it was answered by is shown, and only reads."""
    return Answered.model_validate(llm.call(who, "ask", _asked(call), call.ref))


@operation("llm.text2sql", "POST /api/projects/{ref}/questions/sql", role=Role.USER, effect=Effect.READ, long=True)
def text2sql(llm: Llm, who: Principal, call: AskDatabase) -> Written:
    """Have SQL written that answers a question, without running it."""
    return Written.model_validate(llm.call(who, "text2sql", _asked(call), call.ref))


@operation("llm.learn", "POST /api/projects/{ref}/learned", role=Role.ADMIN, effect=Effect.WRITE)
def learn(inside: Inside, who: Principal, call: Learn) -> NowLearned:
    """Teach a question with its SQL, or a fact about the data: shown to models with questions that are alike."""
    if call.sql is None:
        (row,) = inside.rows(call.ref, "SELECT llm.learn_fact(%s) AS id", [call.said])
    else:
        (row,) = inside.rows(call.ref, "SELECT llm.learn(%s, %s) AS id", [call.said, call.sql])
    return NowLearned.model_validate(row)


@operation("llm.question.list", "GET /api/projects/{ref}/learned", role=Role.VIEWER, effect=Effect.READ)
def list_learned(inside: Inside, who: Principal, call: ListLearned) -> LearnedList:
    """List what a branch's database was taught."""
    return LearnedList.model_validate(inside.rows(call.ref, "SELECT * FROM llm.learned()"))


@operation("llm.question.forget", "DELETE /api/projects/{ref}/learned/{id}", role=Role.ADMIN, effect=Effect.WRITE)
def forget_learned(inside: Inside, who: Principal, call: ForgetLearned) -> Forgotten:
    """Forget an example or a fact."""
    (row,) = inside.rows(call.ref, "SELECT llm.forget(%s) AS forgotten", [call.id])
    return Forgotten.model_validate(row)


@operation("llm.explain", "POST /api/projects/{ref}/explanations", role=Role.USER, effect=Effect.READ, long=True)
def explain(llm: Llm, who: Principal, call: Report) -> Explained:
    """Say in plain words what the rows of a statement mean; it is run by the guarded reader, and only reads."""
    return Explained.model_validate(llm.call(who, "explain_result", _given(call), call.ref))


@operation("llm.report", "POST /api/projects/{ref}/reports", role=Role.USER, effect=Effect.READ, long=True)
def report(llm: Llm, who: Principal, call: Report) -> Reported:
    """Report on the rows of a statement: a summary, findings, and the chart that shows them."""
    return Reported.model_validate(llm.call(who, "report", _given(call), call.ref))


def _given(call: Report) -> dict[str, Any]:
    return {"sql": call.sql, "options": {"model": call.model, "language": call.language, "rows": call.rows}}


def _asked(call: AskDatabase) -> dict[str, Any]:
    options = {"model": call.model, "candidates": call.candidates, "rows": call.rows, "values": call.values}
    return {"question": call.question, "options": options}
