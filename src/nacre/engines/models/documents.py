"""JSON documents and event streams of a provider's API, with every way that they can be wrong made a ModelError."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nacre.engines.models.connections import Connections, Response
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.refusals import Refusals
from nacre.engines.models.sse import Event, EventParser

LIST_S = 30.0
_LARGEST_EVENT_BYTES = 4 << 20
_END_S = 0.2  # for the end of a body whose last event is there; without it the connection cannot be kept


class Documents:
    """`name` is what people call the provider; `key` never shows in an error."""

    def __init__(self, connections: Connections, name: str, key: str) -> None:
        self._connections = connections
        self._refusals = Refusals(name, key)
        self.name = name
        self.clean = self._refusals.clean

    async def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, within_s: float | None = None
    ) -> dict[str, Any]:
        sent = b"" if body is None else json.dumps(body).encode()
        try:
            async with asyncio.timeout(within_s), self._connections.ask(method, path, sent) as response:
                return self.parse(await self._accepted(response, "json"))
        except TimeoutError as error:
            raise ModelError(
                Kind.TIMEOUT, f"{self.name} has not answered within {within_s:g} s.", hint="Try again."
            ) from error

    async def events(
        self, path: str, body: Mapping[str, Any], is_last: Callable[[Event], bool]
    ) -> AsyncGenerator[Event]:
        """The events of a streamed answer, as they come. Close it (`aclosing`) to close the connection."""
        parser = EventParser()
        async with self._connections.ask("POST", path, json.dumps(body).encode()) as response:
            if response.status != 200 or "event-stream" not in response.headers.get("content-type", ""):
                await self._accepted(response, "event-stream")
            async for piece in response.pieces():
                for event in parser.feed(piece):
                    yield event
                    if is_last(event):
                        await response.end(_END_S)
                        return
                if parser.unfinished_bytes > _LARGEST_EVENT_BYTES:
                    raise bad_answer(f"An event of {self.name} is larger than {_LARGEST_EVENT_BYTES >> 20} MB.")

    def parse(self, text: str | bytes) -> dict[str, Any]:
        """The document in `text`. Raises BAD_ANSWER if there is none, or the error that it holds."""
        try:
            document = json.loads(text)
        except ValueError as error:
            raise bad_answer(f"What {self.name} sent is not JSON: {self._beginning(text)}.") from error
        if not isinstance(document, dict):
            raise bad_answer(f"What {self.name} sent is JSON, but no object: {self._beginning(text)}.")
        if document.get("error"):
            raise self._refusals.within(document)
        return document

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While fields are taken out of a document: what is missing or of another type is a BAD_ANSWER."""
        try:
            yield
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise bad_answer(
                f"The answer of {self.name} lacks what it should have: {type(error).__name__} {error}."
            ) from error

    def cut_off(self) -> ModelError:
        return bad_answer(f"The answer of {self.name} was cut off in the middle.")

    async def _accepted(self, response: Response, content_type: str) -> bytes:
        body = await response.read()
        if response.status != 200:
            raise self._refusals.read(response.status, response.headers, body)
        told = response.headers.get("content-type", "nothing told")
        if content_type not in told:
            raise bad_answer(
                f"{self.name} sent {told.split(';')[0]} where {content_type} was asked for: {self._beginning(body)}."
            )
        return body

    def _beginning(self, text: str | bytes) -> str:
        if isinstance(text, bytes):
            text = text[:400].decode(errors="replace")
        return repr(self.clean(text[:400])[:80])


def bad_answer(message: str) -> ModelError:
    return ModelError(
        Kind.BAD_ANSWER, message, hint="Is the base URL that of an API, and does the model exist? Try again."
    )
