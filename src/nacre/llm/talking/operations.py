"""The verbs of talking: llm chat, json, compare."""

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, Any

from pydantic import Field, JsonValue, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.core.progress import say
from nacre.llm.client import Llm


class _Talk(Call):
    prompt: Annotated[str, Private(), Cli(positional=True), Field(min_length=1, description="What to say.")]
    ref: Annotated[
        Ref | None, Field(description="A branch whose models, budgets and rules hold (none: those of this Nacre).")
    ] = None
    system: Annotated[str | None, Private(), Field(description="What the model is told beforehand.")] = None
    temperature: Annotated[float | None, Field(ge=0, le=2, description="How freely it answers, from 0 on.")] = None

    def given(self, **more: Any) -> dict[str, Any]:
        """The arguments of a function of the side-car."""
        return {"prompt": self.prompt, "system": self.system, "options": {"temperature": self.temperature}} | more


class Chat(_Talk):
    model: Annotated[str | None, Cli(short="-m"), Field(description="Which model (none: the default).")] = None
    max_tokens: Annotated[int | None, Field(ge=1, description="How many tokens the answer may have.")] = None
    cache: Annotated[
        bool | None, Field(description="Whether an answer given before will do (none: at temperature 0).")
    ] = None


class ChatJson(_Talk):
    json_schema: dict[str, JsonValue] = Field(
        description="A JSON Schema that the answer follows.",
        examples=[{"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}],
    )
    model: Annotated[str | None, Cli(short="-m"), Field(description="Which model (none: the default).")] = None


class Compare(_Talk):
    models: list[str] = Field(
        min_length=1, max_length=32, description="The models that are asked.", examples=[["fast", "thorough"]]
    )


class Said(Answer):
    """`cached` tells that nobody was asked, and nothing paid; `finish` is “length” for an answer that was cut off."""

    text: str
    model: str
    finish: str
    input_tokens: int
    output_tokens: int
    cached: bool
    request_id: str
    seconds: float
    cost_usd: float


class SaidAsJson(Said):
    """The value beside the text that it was read from."""

    value: JsonValue


class Trouble(Answer):
    """Why a model did not answer: an error of docs/reference/errors.md."""

    code: str
    message: str
    hint: str


class Compared(Answer):
    """What one of the models said, or why it did not; what it took and cost is of those that answered."""

    model: str
    text: str | None = None
    cached: bool | None = None
    seconds: float | None = None
    cost_usd: float | None = None
    error: Trouble | None = None


class ComparedList(RootModel[list[Compared]]):
    pass


@operation("llm.chat", "POST /api/llm/chat", role=Role.USER, effect=Effect.WRITE, long=True, speaks=True)
def chat(llm: Llm, who: Principal, call: Chat) -> Said:
    """Ask a language model; the answer is shown as it comes.

    It is paid, so it counts against budgets and stands in `nacre llm audit`.
    """
    options = {"temperature": call.temperature, "max_tokens": call.max_tokens, "cache": call.cache}
    args = call.given(model=call.model, options=options)
    pieces: Iterator[Any] = llm.stream(who, "chat_stream", args, call.ref)
    with closing(pieces):  # type: ignore[type-var]
        for piece in pieces:
            if "done" in piece:
                return Said.model_validate(piece["done"])
            say(piece["text"].encode())
    raise AssertionError("a stream ends with its whole answer, or with an error")


@operation("llm.json", "POST /api/llm/json", role=Role.USER, effect=Effect.WRITE, long=True)
def chat_json(llm: Llm, who: Principal, call: ChatJson) -> SaidAsJson:
    """Ask a language model for JSON that follows a schema; an answer that does not is asked for again, twice."""
    given = call.given(model=call.model, schema=call.json_schema)
    said = llm.call(who, "chat_json", given, call.ref)
    return SaidAsJson.model_validate(said | {"value": said["json"]})


@operation("llm.compare", "POST /api/llm/compare", role=Role.USER, effect=Effect.WRITE, long=True)
def compare(llm: Llm, who: Principal, call: Compare) -> ComparedList:
    """Ask several language models the same, at the same time, and see what each says, takes and costs."""
    return ComparedList.model_validate(llm.call(who, "parallel_chat", call.given(models=call.models), call.ref))
