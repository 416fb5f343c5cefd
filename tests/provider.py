"""The fake model provider: a real HTTP server on loopback, the only fake there is.

It speaks OpenAI's chat/completions, embeddings and models, and Anthropic's messages, whole and streamed. What it
answers and how it fails is set on the object, at any time and from any thread:

    async with FakeProvider() as provider:            # in this loop; `with FakeProvider()` runs it in a thread
        provider.answer("capital of France", "Paris")   # for prompts that hold these words
        provider.answer("orders", lambda asked: f"SELECT {len(asked.prompt)}")
        provider.script(RATE_LIMITED, None, Fault("stall"))   # one for each call to come; None: answer it
        provider.fault_for = lambda asked: ...          # or decided call by call

`python -m tests.provider --port 9999 --latency-ms 200 --faults 0.2` runs one by itself.
"""

import argparse
import asyncio
import base64
import hashlib
import json
import math
import random
import re
import socket
import ssl
import sys
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from traceback import print_exception
from types import TracebackType
from typing import Any, Literal, Self, cast

import httptools

Dialect = Literal["openai", "anthropic"]
FaultKind = Literal[
    "status",  # answers with `status`
    "too-long",  # 400: the prompt is longer than the model's context
    "content-filter",  # refuses the content: at once in OpenAI's dialect, as the reason to stop in Anthropic's
    "no-credit",
    "stall",  # takes the request and never says a word
    "stall-midway",  # says `after` pieces and then nothing more
    "truncate",  # says `after` pieces and closes the connection
    "bad-json",
    "wrong-type",  # an HTML page with status 200
    "reset",  # resets the connection
    "slow",  # waits `seconds`, then answers as it should
    "redirect",
]
Answer = str | dict[str, Any] | list[Any] | Callable[["Asked"], "Answer"]


@dataclass(frozen=True)
class Fault:
    """`retry_after`: seconds, or "date" for a date some seconds ahead."""

    kind: FaultKind = "status"
    status: int = 500
    retry_after: float | Literal["date"] | None = None
    after: int = 2
    seconds: float = 1.0


RATE_LIMITED = Fault("status", status=429, retry_after=1)
KEY_REFUSED = Fault("status", status=401)
BROKEN = Fault("status", status=500)


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    at: float = field(default_factory=time.monotonic)

    @property
    def dialect(self) -> Dialect:
        return "anthropic" if "anthropic-version" in self.headers else "openai"

    @property
    def key(self) -> str:
        return self.headers.get("x-api-key") or self.headers.get("authorization", "").removeprefix("Bearer ")

    @property
    def prompt(self) -> str:
        """Every text that was sent: system prompt and messages, or the texts to embed."""
        return "\n".join(_texts(self.body))

    @property
    def last(self) -> str:
        """What the user said last."""
        return next((_content(each) for each in reversed(self.body.get("messages", ())) if each["role"] == "user"), "")

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The JSON schema that the answer is held to, in either dialect."""
        if tools := self.body.get("tools"):
            schema: Mapping[str, Any] = tools[0]["input_schema"]
            return schema
        if output := self.body.get("output_config"):
            return cast(Mapping[str, Any], output["format"]["schema"])
        told = self.body.get("response_format") or {}
        return told["json_schema"]["schema"] if told.get("type") == "json_schema" else None


class FakeProvider:
    """`keys`: those accepted; None accepts all. `dimensions` are those of its vectors, where none are asked for."""

    def __init__(
        self, *, port: int = 0, keys: set[str] | None = None, dimensions: int = 64, tls: ssl.SSLContext | None = None
    ) -> None:
        self.keys = keys
        self.dimensions = dimensions
        self.latency_s = 0.0  # before the first token
        self.tokens_per_s = math.inf
        self.models = ["fake-large", "fake-small"]
        self.fault_for: Callable[[Asked], Fault | None] = lambda asked: None
        self.asked: list[Asked] = []
        self.keep_asked = True
        self.requests = 0
        self.connections = 0
        self.open_connections = 0
        self.closed_by_client = 0  # while an answer was on its way
        self.last_closed_at: float | None = None
        self._answers: list[tuple[str, Answer]] = []
        self._script: deque[Fault | None] = deque()
        self._port = port
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._live: set[_Connection] = set()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        """Without a path: OpenAI's base URL is this and /v1, Anthropic's this alone."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return self._port

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def answer(self, contains: str, answer: Answer) -> None:
        """Answer prompts that hold `contains` so. The one said last goes first; "" holds for all."""
        self._answers.insert(0, (contains, answer))

    def script(self, *faults: Fault | None) -> None:
        """Faults of the calls to come, in turn; None lets one pass. After them `fault_for` decides."""
        self._script.extend(faults)

    def forget(self) -> None:
        """As new: no answers, faults, requests or counts. Connections stay."""
        self._answers.clear()
        self._script.clear()
        self.asked.clear()
        self.fault_for = lambda asked: None
        self.latency_s, self.tokens_per_s, self.keys = 0.0, math.inf, None
        self.requests = self.closed_by_client = 0
        self.last_closed_at = None

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        listening = socket.create_server(("127.0.0.1", self._port), backlog=1024)
        self._port = listening.getsockname()[1]
        self._server = await self._loop.create_server(lambda: _Connection(self), sock=listening, ssl=self._tls)

    async def stop(self) -> None:
        """Close the port and every connection: the provider is down. `start` opens the same port again."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._live):
            connection.abort()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._loop is not None and self._thread is not None
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(10)

    async def _serve(self, ready: threading.Event) -> None:
        self._ended = asyncio.Event()
        await self.start()
        ready.set()
        await self._ended.wait()
        await self.stop()

    def next_fault(self, asked: Asked) -> Fault | None:
        return self._script.popleft() if self._script else self.fault_for(asked)

    def text_for(self, asked: Asked) -> str:
        found = next((answer for contains, answer in self._answers if contains in asked.prompt), None)
        while callable(found):
            found = found(asked)
        if found is None:
            found = _example(asked.schema) if asked.schema is not None else f"You said: {asked.last}"
        return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)

    def note(self, asked: Asked) -> None:
        self.requests += 1
        if self.keep_asked:
            self.asked.append(asked)

    def opened(self, connection: "_Connection") -> None:
        self._live.add(connection)
        self.connections += 1
        self.open_connections += 1

    def closed(self, connection: "_Connection", *, in_answer: bool) -> None:
        self._live.discard(connection)
        self.open_connections -= 1
        if in_answer:
            self.closed_by_client += 1
            self.last_closed_at = time.monotonic()


class _Connection(asyncio.Protocol):
    """One client's connection: requests are answered one after another."""

    def __init__(self, provider: FakeProvider) -> None:
        self._provider = provider
        self._parser = httptools.HttpRequestParser(self)
        self._task: asyncio.Task[None] | None = None
        self._ending = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is none by class
        # asyncio does it only for sockets that it made itself; without it tokens wait for acknowledgements.
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._provider.opened(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        answering = self._task is not None and not self._task.done()
        if answering and self._task is not None:
            self._task.cancel()
        self._provider.closed(self, in_answer=answering and not self._ending)

    def abort(self) -> None:
        self._ending = True
        self._transport.abort()

    def on_message_begin(self) -> None:
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._path = b""

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode().lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        asked = Asked(self._path.decode(), self._headers, json.loads(self._body) if self._body else {})
        self._task = asyncio.get_running_loop().create_task(self._answer(asked))
        self._task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        """Who made a mistake in an answer sees it, and its client does not wait for ever."""
        if not task.cancelled() and (error := task.exception()) is not None:
            print_exception(error)
            self.abort()

    async def _answer(self, asked: Asked) -> None:
        provider = self._provider
        provider.note(asked)
        if provider.keys is not None and asked.key not in provider.keys:
            self._refuse(asked, 401, f"Incorrect API key provided: {asked.key}", "invalid_api_key")
        elif asked.path.partition("?")[0].endswith("/models"):
            self._send(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in provider.models]})
        elif (fault := provider.next_fault(asked)) is not None and await self._fail(asked, fault):
            return
        elif asked.body.get("model") == "missing":
            self._refuse(asked, 404, "The model `missing` does not exist.", "model_not_found")
        elif asked.path.endswith("/embeddings"):
            await asyncio.sleep(provider.latency_s)
            self._send(200, _embedded(asked, provider.dimensions))
        elif asked.path.endswith(("/chat/completions", "/messages")):
            await self._chat(asked, fault)
        else:
            self._refuse(asked, 404, "Not Found", "not_found")

    async def _fail(self, asked: Asked, fault: Fault) -> bool:
        """Fail so, unless the fault shows in the middle of an answer only."""
        whole = not asked.body.get("stream")
        match fault.kind:
            case "status":
                self._refuse(asked, fault.status, _WORDS.get(fault.status, "It broke"), "", fault.retry_after)
            case "too-long":
                self._refuse(
                    asked, 400, "This model's maximum context length is 8192 tokens.", "context_length_exceeded"
                )
            case "no-credit":
                self._refuse(asked, 429, "You exceeded your current quota.", "insufficient_quota")
            case "redirect":
                self._write(307, b"", "text/plain", {"location": "http://elsewhere.example/v1"})
            case "content-filter" if asked.dialect == "openai":
                self._refuse(asked, 400, "The response was filtered.", "content_filter")
            case "stall":
                await asyncio.Event().wait()
            case "stall-midway" if whole:
                await asyncio.Event().wait()
            case "truncate" if whole:
                self._ending = True
                self._transport.write(
                    b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"id":'
                )
                self._transport.close()
            case "bad-json" if whole:
                self._write(200, b'{"choices": [{"message"', "application/json")
            case "wrong-type":
                self._write(200, b"<html>Please sign in to this network.</html>", "text/html")
            case "reset":
                linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
                self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.abort()
            case "slow":
                await asyncio.sleep(fault.seconds)
                return False
            case _:
                return False
        return True

    async def _chat(self, asked: Asked, fault: Fault | None) -> None:
        provider = self._provider
        await asyncio.sleep(provider.latency_s)
        text = provider.text_for(asked)
        tokens = re.findall(r"\s*\S+|\s+$", text)
        limit = asked.body.get("max_tokens") or asked.body.get("max_completion_tokens") or math.inf
        cut = len(tokens) > limit
        tokens = tokens[: int(limit)] if cut else tokens
        speak = _Anthropic(asked, tokens, cut, fault) if asked.dialect == "anthropic" else _OpenAI(asked, tokens, cut)
        if asked.body.get("stream"):
            await self._stream(speak, tokens, fault)
            return
        if provider.tokens_per_s != math.inf:
            await asyncio.sleep(len(tokens) / provider.tokens_per_s)
        self._send(200, speak.whole())

    async def _stream(self, speak: "_OpenAI | _Anthropic", tokens: Sequence[str], fault: Fault | None) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        self._chunk(speak.first())
        for at, token in enumerate(tokens):
            if fault is not None and at == fault.after:
                match fault.kind:
                    case "stall-midway":
                        await asyncio.Event().wait()
                    case "truncate":
                        self._ending = True
                        self._transport.close()
                        return
                    case "bad-json":
                        self._chunk(b"data: {not json\n\n")
                    case _:
                        pass
            if self._provider.tokens_per_s != math.inf:
                await asyncio.sleep(1 / self._provider.tokens_per_s)
            self._chunk(speak.token(token))
        self._chunk(speak.last())
        self._transport.write(b"0\r\n\r\n")

    def _chunk(self, data: bytes) -> None:
        self._transport.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _refuse(
        self, asked: Asked, status: int, message: str, code: str, retry_after: float | Literal["date"] | None = None
    ) -> None:
        headers = {}
        if retry_after == "date":
            headers["retry-after"] = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
        elif retry_after is not None:
            headers["retry-after"] = f"{retry_after:g}"
        document: dict[str, Any] = {"error": {"message": message, "type": code or "server_error", "code": code or None}}
        if asked.dialect == "anthropic":
            document = {"type": "error", "error": {"type": code or "api_error", "message": message}}
        self._send(status, document, headers)

    def _send(self, status: int, document: Any, headers: Mapping[str, str] = {}) -> None:
        self._write(status, json.dumps(document, ensure_ascii=False).encode(), "application/json", headers)

    def _write(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] = {}) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"HTTP/1.1 {status} {_WORDS.get(status, 'OK')}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
        )
        self._transport.write(f"{head}{more}\r\n".encode() + body)


class _OpenAI:
    """An answer in OpenAI's dialect."""

    def __init__(self, asked: Asked, tokens: Sequence[str], cut: bool) -> None:
        self._model = asked.body["model"]
        self._tokens = tokens
        self._why = "length" if cut else "stop"
        self._usage = {"prompt_tokens": len(asked.prompt.split()), "completion_tokens": len(tokens)}

    def whole(self) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(self._tokens)}
        return {
            "id": "chatcmpl-1", "object": "chat.completion", "model": self._model, "usage": self._usage,
            "choices": [{"index": 0, "message": message, "finish_reason": self._why}],
        }  # fmt: skip

    def first(self) -> bytes:
        return self._event({"role": "assistant", "content": ""})

    def token(self, token: str) -> bytes:
        return self._event({"content": token})

    def last(self) -> bytes:
        usage = {"id": "chatcmpl-1", "choices": [], "usage": self._usage}
        return self._event({}, self._why) + f"data: {json.dumps(usage)}\n\ndata: [DONE]\n\n".encode()

    def _event(self, delta: Mapping[str, Any], why: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": why}
        document = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": self._model, "choices": [choice]}
        return f"data: {json.dumps(document)}\n\n".encode()


class _Anthropic:
    """An answer in Anthropic's dialect: as text, or as what a tool is called with where one must be used."""

    def __init__(self, asked: Asked, tokens: Sequence[str], cut: bool, fault: Fault | None) -> None:
        self._model = asked.body["model"]
        self._tokens = tokens
        self._tool = asked.body.get("tool_choice", {}).get("name")
        self._why = "max_tokens" if cut else "tool_use" if self._tool else "end_turn"
        if fault is not None and fault.kind == "content-filter":
            self._why = "refusal"
        self._input = len(asked.prompt.split())

    def whole(self) -> dict[str, Any]:
        text = "".join(self._tokens)
        block: dict[str, Any] = {"type": "text", "text": text}
        if self._tool:
            block = {"type": "tool_use", "id": "toolu_1", "name": self._tool, "input": json.loads(text)}
        usage = {"input_tokens": self._input, "output_tokens": len(self._tokens)}
        return self._message([block], self._why, usage)

    def first(self) -> bytes:
        block = (
            {"type": "tool_use", "id": "toolu_1", "name": self._tool, "input": {}}
            if self._tool
            else {"type": "text", "text": ""}
        )
        message = self._message([], None, {"input_tokens": self._input, "output_tokens": 1})
        return (
            self._event("message_start", message=message)
            + self._event("content_block_start", index=0, content_block=block)
            + self._event("ping")
        )

    def token(self, token: str) -> bytes:
        delta = (
            {"type": "input_json_delta", "partial_json": token} if self._tool else {"type": "text_delta", "text": token}
        )
        return self._event("content_block_delta", index=0, delta=delta)

    def last(self) -> bytes:
        return (
            self._event("content_block_stop", index=0)
            + self._event("message_delta", delta={"stop_reason": self._why}, usage={"output_tokens": len(self._tokens)})
            + self._event("message_stop")
        )

    def _message(self, content: list[Any], why: str | None, usage: Mapping[str, int]) -> dict[str, Any]:
        return {
            "id": "msg_1", "type": "message", "role": "assistant", "model": self._model,
            "content": content, "stop_reason": why, "usage": usage,
        }  # fmt: skip

    def _event(self, kind: str, **more: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode()


_WORDS = {
    200: "OK", 307: "Temporary Redirect", 400: "Bad Request", 401: "Incorrect API key provided", 403: "Forbidden",
    404: "Not Found", 429: "Rate limit reached", 500: "Internal error", 503: "Overloaded", 529: "Overloaded",
}  # fmt: skip


def embedding(text: str, dimensions: int) -> list[float]:
    """A vector of length one in which every word, and every Chinese character, has a direction of its own.

    Texts that share words are near each other, so a search among such vectors finds what it should.
    """
    vector = [0.0] * dimensions
    for word in re.findall(r"[^\W_\u2e80-\uffff]+|[\u2e80-\uffff]", text.lower()):
        digest = hashlib.blake2b(word.removesuffix("s").encode(errors="replace"), digest_size=16).digest()
        for at in range(0, 16, 4):
            place = int.from_bytes(digest[at : at + 3], "big") % dimensions
            vector[place] += 1.0 if digest[at + 3] & 1 else -1.0
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector] if length else [1.0] + [0.0] * (dimensions - 1)


def _embedded(asked: Asked, dimensions: int) -> dict[str, Any]:
    given = asked.body["input"]
    texts = [given] if isinstance(given, str) else given
    size = asked.body.get("dimensions") or dimensions
    vectors: list[Any] = [embedding(text, size) for text in texts]
    if asked.body.get("encoding_format") == "base64":
        vectors = [base64.b64encode(array("f", vector).tobytes()).decode() for vector in vectors]
    data = [{"object": "embedding", "index": at, "embedding": vector} for at, vector in enumerate(vectors)]
    used = sum(len(text.split()) for text in texts)
    return {
        "object": "list",
        "model": asked.body["model"],
        "data": data,
        "usage": {"prompt_tokens": used, "total_tokens": used},
    }


def _texts(body: Mapping[str, Any]) -> Iterator[str]:
    given = body.get("input", ())
    yield from [given] if isinstance(given, str) else given
    if system := body.get("system"):
        yield system
    yield from map(_content, body.get("messages", ()))


def _content(message: Mapping[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(block.get("text", "") for block in content)


def _example(schema: Mapping[str, Any]) -> Any:
    """The least that a JSON schema lets pass."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            properties = schema.get("properties", {})
            return {name: _example(properties.get(name, {})) for name in schema.get("required", properties)}
        case "array":
            return [_example(schema.get("items", {})) for _ in range(schema.get("minItems", 1))]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return "example"


def mixed_faults(share: float, rng: random.Random) -> Callable[[Asked], Fault | None]:
    """Every kind of fault that a bad day has, in `share` of the calls."""
    kinds = [
        Fault("status", status=429, retry_after=0.2), Fault("status", status=500), Fault("status", status=503),
        Fault("stall"), Fault("stall-midway"), Fault("truncate"), Fault("bad-json"), Fault("wrong-type"),
        Fault("reset"), Fault("slow", seconds=0.5),
    ]  # fmt: skip
    return lambda asked: rng.choice(kinds) if rng.random() < share else None


async def _alone(words: argparse.Namespace) -> None:
    provider = FakeProvider(port=words.port, dimensions=words.dimensions)
    provider.keep_asked = False
    provider.latency_s, provider.tokens_per_s = words.latency_ms / 1000, words.tokens_per_s
    provider.fault_for = mixed_faults(words.faults, random.Random(words.seed))
    await provider.start()
    print(provider.base_url, flush=True)
    loop = asyncio.get_running_loop()
    # A line on standard input asks for the counts; its end ends the server.
    while await loop.run_in_executor(None, sys.stdin.readline):
        counts = {name: getattr(provider, name) for name in _COUNTS}
        print(json.dumps(counts), flush=True)


_COUNTS = ("requests", "connections", "open_connections", "closed_by_client")


def main() -> None:
    words = argparse.ArgumentParser(description="A model provider that answers and fails as it is told.")
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--latency-ms", type=float, default=0)
    words.add_argument("--tokens-per-s", type=float, default=math.inf)
    words.add_argument("--dimensions", type=int, default=384)
    words.add_argument("--faults", type=float, default=0, help="the share of calls that go wrong")
    words.add_argument("--seed", type=int, default=1)
    asyncio.run(_alone(words.parse_args()))


if __name__ == "__main__":
    main()
