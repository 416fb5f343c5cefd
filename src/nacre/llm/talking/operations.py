"""The verbs of talking: llm chat."""

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, Any

from pydantic import Field

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.core.progress import say
from nacre.llm.client import Llm


class Chat(Call):
    prompt: Annotated[str, Private(), Cli(positional=True), Field(min_length=1, description="What to say.")]
    ref: Annotated[
        Ref | None, Field(description="A branch whose models, budgets and rules hold (none: those of this Nacre).")
    ] = None
    model: Annotated[str | None, Cli(short="-m"), Field(description="Which model (none: the default).")] = None
    system: Annotated[str | None, Private(), Field(description="What the model is told beforehand.")] = None
    temperature: Annotated[float | None, Field(ge=0, le=2, description="How freely it answers, from 0 on.")] = None
    max_tokens: Annotated[int | None, Field(ge=1, description="How many tokens the answer may have.")] = None
    cache: Annotated[
        bool | None, Field(description="Whether an answer given before will do (none: at temperature 0).")
    ] = None


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


@operation("llm.chat", "POST /api/llm/chat", role=Role.USER, effect=Effect.WRITE, long=True, speaks=True)
def chat(llm: Llm, who: Principal, call: Chat) -> Said:
    """Ask a language model; the answer is shown as it comes.

    It is paid, so it counts against budgets and stands in `nacre llm audit`.
    """
    options = {"temperature": call.temperature, "max_tokens": call.max_tokens, "cache": call.cache}
    args = {"prompt": call.prompt, "model": call.model, "system": call.system, "options": options}
    pieces: Iterator[Any] = llm.stream(who, "chat_stream", args, call.ref)
    with closing(pieces):  # type: ignore[type-var]
        for piece in pieces:
            if "done" in piece:
                return Said.model_validate(piece["done"])
            say(piece["text"].encode())
    raise AssertionError("a stream ends with its whole answer, or with an error")
