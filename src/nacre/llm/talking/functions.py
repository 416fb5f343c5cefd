"""The functions of talking: chat and its kin."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from nacre.core.errors import InvalidInput, NacreError
from nacre.engines.models.provider import Message
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.errors import sqlstate_of
from nacre.llm.functions import Args, Json, function, stream
from nacre.llm.prompt import Options, Prompt, Reply
from nacre.llm.sets.data import marked
from nacre.llm.talking.dialogue import Policy, fit
from nacre.llm.talking.structured import ask_for_json
from nacre.llm.together import together

_AT_ONCE = 16


class Said(BaseModel):
    """One message of a dialogue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str


_NOT_EXTRA = frozenset({
    "model", "messages", "system", "prompt", "input", "stream", "stream_options", "n", "best_of", "num_completions",
    "max_tokens", "max_completion_tokens", "max_output_tokens", "stop", "response_format",
})  # fmt: skip
"""What of a request is said otherwise, kept within budgets and rules, and answered as one text."""


class ChatOptions(BaseModel):
    """What SQL gives as `options`, a jsonb object."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1)
    seed: int | None = None
    stop: list[str] = Field(default_factory=list, max_length=8)
    timeout_s: float | None = Field(None, gt=0, le=86_400)
    cache: bool | None = None
    semantic: float | None = Field(None, gt=0, le=1)
    extra: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("extra")
    @classmethod
    def _nothing_that_is_counted(cls, extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if taken := sorted(_NOT_EXTRA & extra.keys()):
            raise ValueError(f"{', '.join(taken)} cannot be said as extra")
        return extra

    def read(self) -> Options:
        return Options(
            self.temperature, self.max_tokens, self.seed, tuple(self.stop), self.timeout_s, self.cache, self.semantic,
            self.extra,
        )  # fmt: skip


_NO_OPTIONS = ChatOptions()
_USUAL = Policy()


class _Asking(Args):
    """`data` are texts to answer by: the model sees them before the prompt, marked as data."""

    model: str | None = None
    system: str | None = None
    data: list[str] = Field(default=[], max_length=1000)
    options: ChatOptions = Field(default_factory=lambda: _NO_OPTIONS)

    def ask(self, said: str, purpose: str, model: str | None = None) -> Prompt:
        return Prompt(self.told(said), purpose, model or self.model, self.options.read())

    def told(self, said: str, before: Sequence[Message] = (), more: str = "") -> tuple[Message, ...]:
        """What the model is told: the system prompt with `more`, what was said `before`, and the prompt."""
        system = [self.system or "", more]
        if self.data:
            rule, data = marked(self.data)
            system.append(rule)
            said = f"{data}\n\n{said}"
        opening = "\n\n".join(part for part in system if part)
        return (*([Message("system", opening)] if opening else ()), *before, Message("user", said))


class ChatArgs(_Asking):
    prompt: str


class ChatJsonArgs(_Asking):
    prompt: str
    json_schema: dict[str, JsonValue] = Field(alias="schema")


class ChatBatchArgs(_Asking):
    prompts: list[str | None] = Field(max_length=10_000)
    at_once: int = Field(_AT_ONCE, ge=1, le=256)


class ParallelChatArgs(_Asking):
    prompt: str
    models: list[str] = Field(min_length=1, max_length=32)


class SessionChatArgs(_Asking):
    """`messages` are those of the session so far, oldest first; `summary` what an earlier call made of older ones."""

    prompt: str
    messages: list[Said] = Field(default=[])
    summary: str | None = None
    policy: Policy = Field(default_factory=lambda: _USUAL)


@function("chat")
async def chat(desk: Desk, caller: Caller, args: ChatArgs) -> Json:
    """→ {"text", "model", "finish", "input_tokens", "output_tokens", "cached", "request_id", "seconds", "cost_usd"}"""
    return told(await desk.ask(caller, args.ask(args.prompt, "chat")))


@function("chat_json")
async def chat_json(desk: Desk, caller: Caller, args: ChatJsonArgs) -> Json:
    """→ as chat, with the value under "json"; one that does not follow the schema is asked for again, twice."""
    reply, value = await ask_for_json(desk, caller, args.ask(args.prompt, "chat_json"), args.json_schema)
    return told(reply) | {"json": value}


@stream("chat_stream")
async def chat_stream(desk: Desk, caller: Caller, args: ChatArgs) -> AsyncIterator[Json]:
    """→ {"text": piece}, … and at last {"done": as chat}"""
    async for each in _streamed(desk, caller, args.ask(args.prompt, "chat_stream")):
        yield each


@function("chat_batch")
async def chat_batch(desk: Desk, caller: Caller, args: ChatBatchArgs) -> Json:
    """→ for each prompt, in their order, what chat gives, or {"error": …}; null for null"""
    turn = asyncio.Semaphore(args.at_once)

    async def one(prompt: str | None) -> Json:
        if prompt is None:
            return None
        async with turn:
            return await _or_error(desk, caller, args.ask(prompt, "chat_batch"))

    return await together([one(prompt) for prompt in args.prompts])


@function("parallel_chat")
async def parallel_chat(desk: Desk, caller: Caller, args: ParallelChatArgs) -> Json:
    """→ for each model, in their order, what chat gives with the name it was asked by, or {"model", "error": …}"""

    async def one(model: str) -> Json:
        return await _or_error(desk, caller, args.ask(args.prompt, "parallel_chat", model)) | {"model": model}

    return await together([one(model) for model in args.models])


@function("session_chat")
async def session_chat(desk: Desk, caller: Caller, args: SessionChatArgs) -> Json:
    """→ as chat, with "summary" and "kept": what to keep in place of all but the newest `kept` messages"""
    prompt, summary, kept = await _in_session(desk, caller, args, "session_chat")
    return told(await desk.ask(caller, prompt)) | {"summary": summary, "kept": kept}


@stream("session_chat_stream")
async def session_chat_stream(desk: Desk, caller: Caller, args: SessionChatArgs) -> AsyncIterator[Json]:
    """→ as chat_stream; what is under "done" is as session_chat gives it"""
    prompt, summary, kept = await _in_session(desk, caller, args, "session_chat_stream")
    async for each in _streamed(desk, caller, prompt):
        if "done" in each:
            each = {"done": each["done"] | {"summary": summary, "kept": kept}}
        yield each


def told(reply: Reply) -> dict[str, Json]:
    """A reply as functions give it."""
    return {
        "text": reply.text,
        "model": reply.model,
        "finish": reply.finish,
        "input_tokens": reply.usage.input_tokens,
        "output_tokens": reply.usage.output_tokens,
        "cached": reply.cached,
        "request_id": reply.request_id,
        "seconds": round(reply.seconds, 6),
        "cost_usd": reply.cost_usd,
    }


async def _in_session(
    desk: Desk, caller: Caller, args: SessionChatArgs, purpose: str
) -> tuple[Prompt, str | None, int]:
    if not args.prompt:
        raise InvalidInput("llm-bad-arguments", "There is nothing to say.", hint="Give a prompt.")
    before = [Message(said.role, said.content) for said in args.messages]
    fitted = await fit(desk, caller, args.policy, before, args.summary, args.model)
    earlier = f"What was said before, in short: {fitted.summary}" if fitted.summary else ""
    messages = args.told(args.prompt, fitted.messages, earlier)
    prompt = Prompt(messages, purpose, args.model, args.options.read())
    return prompt, fitted.summary, len(fitted.messages)


async def _streamed(desk: Desk, caller: Caller, prompt: Prompt) -> AsyncIterator[Any]:
    async for each in desk.ask_stream(caller, prompt):
        yield {"done": told(each)} if isinstance(each, Reply) else {"text": each.text}


async def _or_error(desk: Desk, caller: Caller, prompt: Prompt) -> dict[str, Json]:
    try:
        return told(await desk.ask(caller, prompt))
    except NacreError as error:
        said = {"sqlstate": sqlstate_of(error), "code": error.code, "message": error.message, "hint": error.hint}
        return {"error": said}
