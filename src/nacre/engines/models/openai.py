"""Providers that speak OpenAI's chat/completions and embeddings, which is nearly all of them."""

import base64
from array import array
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from nacre.engines.models.connections import Connections
from nacre.engines.models.documents import LIST_S, Documents, bad_answer
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.provider import ChatRequest, Completion, Config, Finish, Message, Piece, Usage
from nacre.engines.models.schemas import asked_in_words, is_strict
from nacre.engines.models.sse import Event
from nacre.engines.models.tokens import estimate_tokens

Structured = Literal["json_schema", "json_object", "none"]


class Dialect(BaseModel):
    """In what services that speak the same language differ. These are the options of an OpenAI-compatible model.

    `structured`: how an answer is held to a JSON schema; with "json_object" and "none" the schema is told in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    structured: Structured = "json_object"
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    embedding_batch: int = 64
    embedding_encoding: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    headers: Mapping[str, str] = {}


class OpenAICompatible:
    def __init__(self, config: Config, dialect: Dialect = Dialect(), name: str = "") -> None:  # noqa: B008 (frozen)
        keyed = {"Authorization": f"Bearer {config.key}"} if config.key else {}
        self._dialect = dialect
        self._connections = Connections(config.base_url, {**dialect.headers, **keyed}, public_only=config.public_only)
        self._documents = Documents(self._connections, name or self._connections.host, config.key)

    async def chat(self, request: ChatRequest) -> Completion:
        document = await self._documents.ask("POST", "/chat/completions", self._body(request, stream=False))
        with self._documents.reading():
            choice = document["choices"][0]
            text, why = choice["message"].get("content") or "", choice.get("finish_reason")
            self._refuse(choice["message"].get("refusal"), why)
            return Completion(text, _finish(why), _usage(document.get("usage"), request, text))

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece]:
        finish: Finish | None = None
        usage: Mapping[str, Any] | None = None
        text: list[str] = []
        body = self._body(request, stream=True)
        async with aclosing(self._documents.events("/chat/completions", body, _is_last)) as events:
            async for event in events:
                if _is_last(event):
                    continue
                document = self._documents.parse(event.data)
                with self._documents.reading():
                    usage = document.get("usage") or usage
                    for choice in document.get("choices") or ():
                        delta, why = choice.get("delta") or {}, choice.get("finish_reason")
                        self._refuse(delta.get("refusal"), why)
                        usage = choice.get("usage") or usage  # where Moonshot puts it
                        finish = _finish(why) if why else finish
                        said = delta.get("content") or ""
                        text.append(said)
                        yield Piece(said)
        if finish is None:
            raise self._documents.cut_off()
        yield Piece("", finish, _usage(usage, request, "".join(text)))

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = []
        for at in range(0, len(texts), self._dialect.embedding_batch):
            vectors += await self._embed(model, texts[at : at + self._dialect.embedding_batch])
        return vectors

    async def models(self) -> list[str]:
        document = await self._documents.ask("GET", "/models", within_s=LIST_S)
        with self._documents.reading():
            return sorted(str(model["id"]) for model in document["data"] or ())

    async def close(self) -> None:
        await self._connections.close()

    async def _embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        texts = [text or " " for text in texts]  # several services refuse an empty one
        body: dict[str, Any] = {
            "model": model, "input": texts, "encoding_format": self._dialect.embedding_encoding
        }  # fmt: skip
        if self._dialect.dimensions is not None:
            body["dimensions"] = self._dialect.dimensions
        document = await self._documents.ask("POST", "/embeddings", body)
        with self._documents.reading():
            rows = sorted(document["data"], key=lambda row: int(row["index"]))
            if [row["index"] for row in rows] != list(range(len(texts))):
                raise bad_answer(f"There are {len(rows)} vectors for {len(texts)} texts.")
            return [_vector(row["embedding"]) for row in rows]

    def _body(self, request: ChatRequest, *, stream: bool) -> dict[str, Any]:
        body: dict[str, Any] = {"model": request.model, "messages": self._messages(request)}
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.max_tokens is not None:
            body[self._dialect.max_tokens_field] = request.max_tokens
        if request.stop:
            body["stop"] = list(request.stop)
        if request.seed is not None:
            body["seed"] = request.seed
        if request.schema is not None and self._held_to(request.schema) != "none":
            body["response_format"] = self._format(request.schema)
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return {**request.extra, **body}  # what is limited and paid for is not to be talked away

    def _messages(self, request: ChatRequest) -> list[dict[str, str]]:
        messages = request.messages
        if request.schema is not None and self._held_to(request.schema) != "json_schema":
            messages = (Message("system", asked_in_words(request.schema)), *messages)
        return [{"role": message.role, "content": message.content} for message in messages]

    def _held_to(self, schema: Mapping[str, Any]) -> Structured:
        # Both ways of holding a model to JSON want an object at the root.
        return self._dialect.structured if schema.get("type") == "object" else "none"

    def _format(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        if self._dialect.structured == "json_object":
            return {"type": "json_object"}
        return {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": schema, "strict": is_strict(schema)},
        }

    def _refuse(self, refusal: str | None, why: str | None) -> None:
        if refusal or why in ("content_filter", "sensitive"):
            raise ModelError(
                Kind.REFUSED,
                self._documents.clean(
                    f"{self._documents.name} refuses to answer: {refusal or 'its filter stepped in'}"
                ),
                hint="Word it differently, or use another model.",
            )


def _is_last(event: Event) -> bool:
    return event.data == "[DONE]"


def _finish(why: str | None) -> Finish:
    return "length" if why == "length" else "stop"


def _usage(counted: Mapping[str, Any] | None, request: ChatRequest, text: str) -> Usage:
    if counted and counted.get("prompt_tokens") is not None:
        return Usage(int(counted["prompt_tokens"]), int(counted.get("completion_tokens") or 0))
    asked = sum(estimate_tokens(message.content) for message in request.messages)
    return Usage(asked, estimate_tokens(text), estimated=True)


def _vector(told: str | list[float]) -> list[float]:
    if not isinstance(told, str):
        return [float(value) for value in told]
    values = array("f")
    values.frombytes(base64.b64decode(told))
    return values.tolist()
