"""Anthropic's messages API; an answer that must follow a schema is what a tool is called with."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nacre.engines.models.connections import Connections
from nacre.engines.models.documents import LIST_S, Documents
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.provider import ChatRequest, Completion, Config, Finish, Message, Piece, Usage
from nacre.engines.models.schemas import asked_in_words
from nacre.engines.models.sse import Event
from nacre.engines.models.tokens import estimate_tokens

_VERSION = "2023-06-01"
_TOOL = "answer"


class AnthropicOptions(BaseModel):
    """The options of a model at Anthropic.

    `structured`: how an answer is held to a JSON schema. A tool that must be called works with every model that does
    not think before; "json_schema" with those that know structured outputs; "none" asks in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    structured: Literal["tool", "json_schema", "none"] = "tool"
    max_tokens: int = Field(4096, ge=1)


class Anthropic:
    """`max_tokens` of the options is the limit where a request has none: the API wants one."""

    def __init__(self, config: Config, options: AnthropicOptions = AnthropicOptions(), name: str = "Anthropic") -> None:  # noqa: B008 (frozen)
        self._options = options
        keyed = {"x-api-key": config.key} if config.key else {}
        self._connections = Connections(
            config.base_url, {"anthropic-version": _VERSION, **keyed}, public_only=config.public_only
        )
        self._documents = Documents(self._connections, name, config.key)

    async def chat(self, request: ChatRequest) -> Completion:
        document = await self._documents.ask("POST", "/v1/messages", self._body(request))
        with self._documents.reading():
            self._refuse(document["stop_reason"])
            text = "".join(map(_text_of, document["content"]))
            return Completion(text, _finish(document["stop_reason"]), _usage(document["usage"], request, text))

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece]:
        finish: Finish | None = None
        usage: dict[str, Any] = {}
        text: list[str] = []
        body = self._body(request) | {"stream": True}
        async with aclosing(self._documents.events("/v1/messages", body, _is_last)) as events:
            async for event in events:
                document = self._documents.parse(event.data)
                with self._documents.reading():
                    match document["type"]:
                        case "message_start":
                            usage |= document["message"].get("usage") or {}
                            yield Piece("")
                        case "content_block_delta":
                            delta = document["delta"]
                            said = delta.get("text") or delta.get("partial_json") or ""
                            text.append(said)
                            yield Piece(said)
                        case "message_delta":
                            usage |= document.get("usage") or {}
                            why = document["delta"].get("stop_reason")
                            self._refuse(why)
                            finish = _finish(why) if why else finish
                        case _:  # ping, the bounds of a block, and what they add to the API one day
                            yield Piece("")
        if finish is None:
            raise self._documents.cut_off()
        yield Piece("", finish, _usage(usage, request, "".join(text)))

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        raise ModelError(
            Kind.UNKNOWN_MODEL,
            f"{self._documents.name} has no models for embeddings.",
            hint="Use the local model, or one of another provider.",
        )

    async def models(self) -> list[str]:
        document = await self._documents.ask("GET", "/v1/models?limit=1000", within_s=LIST_S)
        with self._documents.reading():
            return sorted(str(model["id"]) for model in document["data"])

    async def close(self) -> None:
        await self._connections.close()

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        system = [message.content for message in request.messages if message.role == "system"]
        body: dict[str, Any] = {
            "model": request.model,
            "max_tokens": request.max_tokens or self._options.max_tokens,
            "messages": _in_turns(request.messages),
        }
        if request.schema is not None:
            match self._options.structured if request.schema.get("type") == "object" else "none":
                case "tool":
                    tool = {"name": _TOOL, "description": "Gives the answer.", "input_schema": dict(request.schema)}
                    body |= {"tools": [tool], "tool_choice": {"type": "tool", "name": _TOOL}}
                case "json_schema":
                    body["output_config"] = {"format": {"type": "json_schema", "schema": dict(request.schema)}}
                case "none":
                    system.append(asked_in_words(request.schema))
        if system:
            body["system"] = "\n\n".join(system)
        if request.temperature is not None:
            body["temperature"] = min(request.temperature, 1.0)  # OpenAI's scale ends at 2, theirs at 1
        if request.stop:
            body["stop_sequences"] = list(request.stop)
        return {**request.extra, **body}  # what is limited and paid for is not to be talked away

    def _refuse(self, why: str | None) -> None:
        if why == "refusal":
            raise ModelError(
                Kind.REFUSED,
                f"{self._documents.name} refuses to answer.",
                hint="Word it differently, or use another model.",
            )


def _in_turns(messages: Sequence[Message]) -> list[dict[str, str]]:
    """User and assistant by turns, the user first, as the API wants it: neighbours of one role become one message."""
    turns: list[dict[str, str]] = []
    for message in messages:
        if message.role == "system":
            continue
        if turns and turns[-1]["role"] == message.role:
            turns[-1]["content"] += f"\n\n{message.content}"
        else:
            turns.append({"role": message.role, "content": message.content})
    if not turns or turns[0]["role"] == "assistant":
        turns.insert(0, {"role": "user", "content": "Go on."})
    return turns


def _text_of(block: Mapping[str, Any]) -> str:
    return json.dumps(block["input"], ensure_ascii=False) if block["type"] == "tool_use" else str(block.get("text", ""))


def _is_last(event: Event) -> bool:
    return event.name == "message_stop"


def _finish(why: str | None) -> Finish:
    return "length" if why in ("max_tokens", "model_context_window_exceeded") else "stop"


def _usage(counted: Mapping[str, Any], request: ChatRequest, text: str) -> Usage:
    if counted.get("output_tokens") is None:
        asked = sum(estimate_tokens(message.content) for message in request.messages)
        return Usage(asked, estimate_tokens(text), estimated=True)
    cached = sum(int(counted.get(f"cache_{which}_input_tokens") or 0) for which in ("creation", "read"))
    return Usage(int(counted.get("input_tokens") or 0) + cached, int(counted["output_tokens"]))
