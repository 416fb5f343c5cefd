"""The verbs of vectorizers (llm vectorizer …), and llm search."""

import json
import time
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.llm.inside import Inside

RefField = Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
Name = Annotated[
    str, Cli(positional=True), Field(min_length=1, max_length=60, description="A vectorizer.", examples=["note"])
]
State = Literal["filling", "in step", "behind", "waiting", "paused", "broken"]
Nothing = Literal["no rows", "filling", "paused", "waiting", "broken", "no match"]

_STATUS = "SELECT *, extract(epoch FROM behind_for)::float8 AS behind_s FROM llm.vectorizer_status(%s)"
_SEARCH = "SELECT * FROM llm.search(%s, %s, k => %s, filter => %s::jsonb)"


class ListVectorizers(Call):
    ref: RefField


class CreateVectorizer(Call):
    ref: RefField
    table: Annotated[str, Cli(positional=True), Field(max_length=300, description="A table with a primary key.")]
    columns: list[str] = Field(
        min_length=1, max_length=50, description="Its columns of text, in their order.", examples=[["title", "body"]]
    )
    name: Annotated[str | None, Field(max_length=40, description="What it is called (none: as the table).")] = None
    chunking: dict[str, JsonValue] = Field(
        default={}, description="How long texts are cut: by, size, overlap, context.", examples=[{"size": 400}]
    )
    embedding: dict[str, JsonValue] = Field(
        default={}, description="The model (none: the default for embeddings).", examples=[{"model": "local"}]
    )
    index: dict[str, JsonValue] = Field(
        default={}, description="The index of the vectors: kind, min_rows.", examples=[{"kind": "none"}]
    )


class AlterVectorizer(Call):
    ref: RefField
    name: Name
    chunking: dict[str, JsonValue] | None = Field(
        default=None, description="How long texts are cut from now on (none: as before).", examples=[{"size": 200}]
    )
    embedding: dict[str, JsonValue] | None = Field(
        default=None, description="The model (none: as before).", examples=[{"model": "local"}]
    )
    index: dict[str, JsonValue] | None = Field(
        default=None, description="The index of the vectors (none: as before).", examples=[{"kind": "none"}]
    )


class NameVectorizer(Call):
    ref: RefField
    name: Name


class Search(Call):
    ref: RefField
    vectorizer: Name
    query: Annotated[str, Cli(positional=True), Field(min_length=1, max_length=10_000, description="What is sought.")]
    k: Annotated[int, Cli(short="-k"), Field(ge=1, le=1000, description="How many are wanted.")] = 10
    filter: Annotated[
        str | None,
        Field(max_length=10_000, description="Columns and values that rows must have, as JSON.", examples=["{}"]),
    ] = None


class VectorizerShown(Answer):
    """How far a vectorizer is. `pending` changes wait, `in_hand` are being embedded, `failed` were given up; the oldest
    waits for `behind_s`. `building` counts what the next vectors, built beside with other settings, still lack."""

    name: str
    source: str
    columns: list[str]
    state: State
    reason: str | None
    held_until: datetime | None
    pending: int
    in_hand: int
    failed: int
    behind_s: float | None
    chunks: int
    model: str
    dimension: int
    index: str
    vectors: str
    chunking: dict[str, JsonValue]
    building: int | None


class VectorizerList(RootModel[list[VectorizerShown]]):
    pass


class VectorizerNamed(Answer):
    name: str


class VectorizerRetried(Answer):
    """How many rows are tried again."""

    name: str
    rows: int


class VectorizerError(Answer):
    """A row, by its key, that could not be embedded."""

    key: JsonValue
    code: str
    message: str
    attempts: int
    at: datetime


class VectorizerErrorList(RootModel[list[VectorizerError]]):
    pass


class Hit(Answer):
    """A piece of a row's text. The ranks are those by meaning and by words, null for a leg that did not find it."""

    key: JsonValue
    seq: int
    chunk: str
    score: float
    vector_rank: int | None
    text_rank: int | None
    distance: float | None
    text_score: float | None


class Found(Answer):
    """The hits, best first; `nothing` says why there are none. `embed_s` of the `seconds`
    went into the vector of the query."""

    hits: list[Hit]
    nothing: Nothing | None
    embed_s: float
    seconds: float


@operation("llm.vectorizer.list", "GET /api/projects/{ref}/vectorizers", role=Role.VIEWER, effect=Effect.READ)
def list_vectorizers(inside: Inside, who: Principal, call: ListVectorizers) -> VectorizerList:
    """List the vectorizers of a branch: how far each is in step with its table, and what holds it up."""
    return VectorizerList.model_validate(inside.rows(call.ref, _STATUS, [None]))


@operation(
    "llm.vectorizer.create", "POST /api/projects/{ref}/vectorizers", role=Role.USER, effect=Effect.WRITE, long=True
)
def create_vectorizer(inside: Inside, who: Principal, call: CreateVectorizer) -> VectorizerNamed:
    """Make a vectorizer: vectors of a table's texts, kept in step with its rows from then on.

    The rows there are follow in the background; `llm vectorizer list` tells how far it is.
    """
    (made,) = inside.rows(
        call.ref,
        "SELECT llm.create_vectorizer(%s::regclass, %s, chunking => %s::jsonb, embedding => %s::jsonb,"
        " index => %s::jsonb, name => %s) AS name",
        [call.table, call.columns, *map(json.dumps, (call.chunking, call.embedding, call.index)), call.name],
    )
    return VectorizerNamed.model_validate(made)


@operation(
    "llm.vectorizer.alter", "PATCH /api/projects/{ref}/vectorizers/{name}", role=Role.USER, effect=Effect.WRITE,
    long=True,
)  # fmt: skip
def alter_vectorizer(inside: Inside, who: Principal, call: AlterVectorizer) -> VectorizerNamed:
    """Give a vectorizer another model, other chunks or another index.

    The new vectors are built beside the present ones, which serve until all are there. What is not named stays.
    """
    settings = [None if one is None else json.dumps(one) for one in (call.chunking, call.embedding, call.index)]
    inside.rows(
        call.ref,
        "SELECT llm.alter_vectorizer(%s, chunking => %s::jsonb, embedding => %s::jsonb, index => %s::jsonb)",
        [call.name, *settings],
    )
    return VectorizerNamed(name=call.name)


@operation(
    "llm.vectorizer.drop", "DELETE /api/projects/{ref}/vectorizers/{name}", role=Role.USER, effect=Effect.DESTRUCTIVE
)
def drop_vectorizer(inside: Inside, who: Principal, call: NameVectorizer) -> VectorizerNamed:
    """Remove a vectorizer with its vectors and its queue; the table stays as it is."""
    inside.rows(call.ref, "SELECT llm.drop_vectorizer(%s)", [call.name])
    return VectorizerNamed(name=call.name)


@operation(
    "llm.vectorizer.pause", "POST /api/projects/{ref}/vectorizers/{name}/pause", role=Role.USER, effect=Effect.WRITE
)
def pause_vectorizer(inside: Inside, who: Principal, call: NameVectorizer) -> VectorizerNamed:
    """Pause a vectorizer: changes are noted, and nothing is embedded until it is resumed."""
    inside.rows(call.ref, "SELECT llm.pause_vectorizer(%s)", [call.name])
    return VectorizerNamed(name=call.name)


@operation(
    "llm.vectorizer.resume", "POST /api/projects/{ref}/vectorizers/{name}/resume", role=Role.USER, effect=Effect.WRITE
)
def resume_vectorizer(inside: Inside, who: Principal, call: NameVectorizer) -> VectorizerNamed:
    """Let a vectorizer go on at once, also one that waits for a provider or had broken down."""
    inside.rows(call.ref, "SELECT llm.resume_vectorizer(%s)", [call.name])
    return VectorizerNamed(name=call.name)


@operation(
    "llm.vectorizer.retry", "POST /api/projects/{ref}/vectorizers/{name}/retry", role=Role.USER, effect=Effect.WRITE
)
def retry_vectorizer(inside: Inside, who: Principal, call: NameVectorizer) -> VectorizerRetried:
    """Try again the rows that a vectorizer gave up."""
    (retried,) = inside.rows(call.ref, "SELECT llm.retry_vectorizer(%s) AS rows", [call.name])
    return VectorizerRetried(name=call.name, rows=retried["rows"])


@operation(
    "llm.vectorizer.refill", "POST /api/projects/{ref}/vectorizers/{name}/refill", role=Role.USER, effect=Effect.WRITE
)
def refill_vectorizer(inside: Inside, who: Principal, call: NameVectorizer) -> VectorizerNamed:
    """Look at every row of a vectorizer's table again, and embed what differs from its vectors."""
    inside.rows(call.ref, "SELECT llm.refill_vectorizer(%s)", [call.name])
    return VectorizerNamed(name=call.name)


@operation(
    "llm.vectorizer.errors", "GET /api/projects/{ref}/vectorizers/{name}/errors", role=Role.USER, effect=Effect.READ
)
def list_errors(inside: Inside, who: Principal, call: NameVectorizer) -> VectorizerErrorList:
    """List the rows that a vectorizer could not embed, and why."""
    return VectorizerErrorList.model_validate(
        inside.rows(call.ref, "SELECT * FROM llm.vectorizer_errors(%s)", [call.name])
    )


@operation("llm.search", "GET /api/projects/{ref}/search", role=Role.USER, effect=Effect.READ)
def search(inside: Inside, who: Principal, call: Search) -> Found:
    """Search the rows of a vectorizer's table by meaning and by words, and show how each was found.

    The query is embedded once, by the vectorizer's model; where that is not the local one it may cost a little.
    """
    began = time.monotonic()
    (asked,) = inside.rows(call.ref, "SELECT model, digest FROM llm_data.named(%s)", [call.vectorizer])
    inside.ask_first(who, call.ref, "embed_query", {"query": call.query, **asked})
    embedded = time.monotonic()
    hits = inside.rows(call.ref, _SEARCH, [call.vectorizer, call.query, call.k, call.filter])
    ended = time.monotonic()
    nothing = None if hits else _why_nothing(inside, call)
    return Found.model_validate(
        {"hits": hits, "nothing": nothing, "embed_s": embedded - began, "seconds": ended - began}
    )


def _why_nothing(inside: Inside, call: Search) -> Nothing:
    """Without vectors there is nothing to find; with some, the filter let none through."""
    status: list[dict[str, Any]] = inside.rows(call.ref, _STATUS, [call.vectorizer])
    if not status or status[0]["chunks"] > 0:
        return "no match"
    state: State = status[0]["state"]
    if state in ("paused", "waiting", "broken"):
        return state
    return "filling" if status[0]["pending"] + status[0]["in_hand"] > 0 else "no rows"
