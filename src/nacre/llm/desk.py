"""Where every function works: the one way in which models are asked, and what else a function needs."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any

from nacre.core.clock import Clock
from nacre.core.errors import NacreError
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.provider import ChatRequest, Piece, Usage
from nacre.engines.models.tokens import estimate_tokens
from nacre.llm.book.book import Book
from nacre.llm.caching.answers import Answered, Answers
from nacre.llm.caching.meanings import Meanings
from nacre.llm.caching.vectors import Vectors
from nacre.llm.call import Call
from nacre.llm.caller import Caller
from nacre.llm.ledger.budgets import Budgets
from nacre.llm.ledger.ledger import Entry, Ledger
from nacre.llm.ledger.metrics import Metrics
from nacre.llm.ledger.prices import Cost
from nacre.llm.ledger.till import Till
from nacre.llm.models.reach import Reach, Way
from nacre.llm.models.shelf import Models
from nacre.llm.prompt import Embedded, Prompt, Reply
from nacre.llm.redaction.rules import strings_in
from nacre.llm.redaction.shelf import Redactions
from nacre.llm.sites import Sites
from nacre.llm.vectorizers.crew import Crew

_log = logging.getLogger(__name__)


class Desk:
    """One in a side-car. Belongs to its event loop."""

    def __init__(
        self,
        book: Book,
        models: Models,
        reach: Reach,
        redactions: Redactions,
        budgets: Budgets,
        ledger: Ledger,
        answers: Answers,
        sites: Sites,
        clock: Clock,
    ) -> None:
        self.store = book
        self.models = models
        self.reach = reach
        self.redactions = redactions
        self.budgets = budgets
        self.ledger = ledger
        self.answers = answers
        self.sites = sites
        self.clock = clock
        self.metrics = Metrics()
        self.crew = Crew(book, sites, self.spawn)
        self._till = Till(budgets, ledger, self.metrics, clock)
        self._vectors = Vectors()
        self._meanings = Meanings(book, reach.embed_here)
        self._flights: dict[bytes, asyncio.Future[Reply]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, caller: Caller, prompt: Prompt) -> Reply:
        """Ask a model once: from the cache, along with somebody who asks just the same, or over the wire.

        Raises NacreError with the codes of llm/errors.py. Cancelled, it closes the provider's connection at once.
        """
        call = await self._prepared(caller, prompt)
        while call.key is not None:
            known = self.answers.get(call.key)
            if known is not None:
                return self._from_cache(call, known, "exact")
            alike = await self._alike(call, prompt.options.semantic)
            if alike is not None:
                return self._from_cache(call, alike, "semantic")
            flight = self._flights.get(call.key)
            if flight is None:
                return await self._lead(call, call.key)
            with contextlib.suppress(_Left):
                return await self._follow(call, flight)
        return await self._over_the_wire(call)

    async def ask_stream(self, caller: Caller, prompt: Prompt) -> AsyncIterator[Piece | Reply]:
        """The same as pieces as they come; what comes last is the whole Reply."""
        call = await self._prepared(caller, prompt)
        answered = self.answers.get(call.key) if call.key is not None else None
        if answered is not None:
            yield Piece(answered.text)
            yield self._from_cache(call, answered, "exact")
            return
        texts: list[str] = []
        last: Piece | None = None
        async with self._till.paid_chat(call):
            async for piece, name in call.way.stream(call.request):
                call.entry.model = name
                if piece.text:
                    if call.entry.first_s is None:
                        call.entry.first_s = call.spent_s()
                    texts.append(piece.text)
                    call.entry.usage = call.guess("".join(texts)) if last is None else call.entry.usage
                    yield Piece(piece.text)
                last = piece if piece.finish else last
            if last is None or last.finish is None:
                raise ModelError(Kind.BAD_ANSWER, "The answer ended in the middle.", hint="Ask again.")
            text = "".join(texts)
            reply = self._answered(call, text, last.finish, last.usage or call.guess(text))
        yield reply

    async def embed(self, caller: Caller, texts: Sequence[str], model: str | None = None) -> Embedded:
        """One vector for each text, in their order, all of one model."""
        found = self.models.find(caller.scope, model, "embedding")
        way = await self.reach.way(caller, found)
        digest = await way.digest()
        redaction = self.redactions.for_prompt(caller.scope, way.stays_here)
        entry = self.ledger.entry(_new_id(), caller, "embed", found.name)
        began = time.monotonic()
        try:
            told = redaction.all(list(texts))
            self.ledger.hold(entry, found.name, told)
            entry.prompt = None  # as long as whole tables, and of no use to whoever reads the audit
            entry.redacted = redaction.found
            vectors = [self._vectors.get(caller.sharing, digest, text) for text in told]
            missing = [text for text, vector in zip(told, vectors, strict=True) if vector is None]
            entry.cache = "exact" if texts and not missing else None
            if missing:
                made = await self._made(entry, way, missing, began)
                self._vectors.put(caller.sharing, digest, missing, made)
                fresh = iter(made)
                vectors = [vector if vector is not None else next(fresh) for vector in vectors]
        except NacreError as error:
            if not entry.begun:
                self._till.close(entry, time.monotonic() - began, "failed", error)
            raise
        if not missing:
            self._till.close(entry, time.monotonic() - began, "done")
        whole = [vector for vector in vectors if vector is not None]
        return Embedded(found.name, digest, len(whole[0]) if whole else 0, whole, entry.id)

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Background work of this side-car, ended with it; what it raises is logged."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sites.close()
        await self.reach.close()
        self.store.close()

    async def _prepared(self, caller: Caller, prompt: Prompt) -> Call:
        """Find the model, and take out what may not leave. A prompt that gets no further is in the audit too."""
        texts = [message.content for message in prompt.messages]
        entry = self.ledger.entry(_new_id(), caller, prompt.purpose, prompt.model or "(default)")
        try:
            model = self.models.find(caller.scope, prompt.model, "chat")
            way = await self.reach.way(caller, model, prompt.options.timeout_s)
            redaction = self.redactions.for_prompt(caller.scope, way.stays_here)
            told = redaction.all(texts)
            redaction.refuse(strings_in([prompt.options.stop, prompt.options.extra, prompt.schema]))
        except NacreError as error:
            self._till.close(entry, 0.0, "failed", error)
            raise
        self.ledger.hold(entry, model.name, told)
        entry.redacted = redaction.found
        options = prompt.options
        messages = tuple(type(message)(message.role, text) for message, text in zip(prompt.messages, told, strict=True))
        request = ChatRequest(
            model.model or "", messages, options.temperature, options.max_tokens, prompt.schema, options.stop,
            options.seed, options.extra,
        )  # fmt: skip
        repeats = options.cache if options.cache is not None else not options.temperature
        return Call(entry, way, request, repeats)

    async def _alike(self, call: Call, at_least: float | None) -> Answered | None:
        """The answer to a prompt that means the same, where the caller wants such; its meaning is kept for the next."""
        if at_least is None or call.meaning is not None or call.request.messages[-1].role != "user":
            return None
        call.meaning = await self._meanings.of(call.setting(), call.request.messages[-1].content)
        near = await self._meanings.nearest(call.meaning, at_least)
        return None if near is None else self.answers.get(near)

    async def _lead(self, call: Call, key: bytes) -> Reply:
        """Ask for all who ask the same meanwhile. Whoever leads and is cancelled leaves it to the next."""
        flight: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._flights[key] = flight
        try:
            reply = await self._over_the_wire(call)
            flight.set_result(reply)
            return reply
        except NacreError as error:
            flight.set_exception(error)
            flight.exception()  # nobody may follow
            raise
        finally:
            flight.cancel()
            del self._flights[key]

    async def _follow(self, call: Call, flight: asyncio.Future[Reply]) -> Reply:
        try:
            reply = await asyncio.shield(flight)
        except asyncio.CancelledError:
            if flight.cancelled():
                raise _Left from None
            self._till.close(call.entry, call.spent_s(), "cancelled")
            raise
        except NacreError as error:
            self._till.close(call.entry, call.spent_s(), "failed", error)
            raise
        tokens = (reply.usage.input_tokens, reply.usage.output_tokens)
        return self._from_cache(call, Answered(reply.text, reply.model, reply.finish, *tokens), "shared")

    def _from_cache(self, call: Call, answered: Answered, how: str) -> Reply:
        entry = call.entry
        entry.cache, entry.model, entry.answer = how, answered.model, answered.text
        self._till.close(entry, call.spent_s(), "done")
        usage = Usage(answered.input_tokens, answered.output_tokens)
        return Reply(
            answered.text, answered.model, answered.finish, usage, True, entry.id, entry.seconds, 0.0
        )  # fmt: skip

    async def _over_the_wire(self, call: Call) -> Reply:
        async with self._till.paid_chat(call):
            completion, call.entry.model = await call.way.chat(call.request)
            return self._answered(call, completion.text, completion.finish, completion.usage)

    def _answered(self, call: Call, text: str, finish: str, usage: Usage) -> Reply:
        entry = call.entry
        entry.usage, entry.answer = usage, text
        model = entry.model or entry.asked
        if call.key is not None and finish == "stop":
            answered = Answered(text, model, finish, usage.input_tokens, usage.output_tokens)
            self.answers.put(call.key, entry.caller.scope, answered)
            if call.meaning is not None:
                self._meanings.put(call.meaning, call.key)
        return Reply(text, model, finish, usage, False, entry.id, call.spent_s(), call.price() / 1e9)

    async def _made(self, entry: Entry, way: Way, texts: list[str], began: float) -> list[list[float]]:
        """The vectors that are not known yet."""
        tokens = sum(estimate_tokens(text) for text in texts)
        cost = Cost(tokens, 0, max(model.cost(tokens, 0) for model in way.models))
        async with self._till.paid_vectors(Call(entry, way, ChatRequest("", ()), began=began, cost=cost)):
            vectors, entry.model = await way.embed(texts)
        return vectors

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s ended", task.get_name(), exc_info=error)


class _Left(Exception):
    """Who led a call was cancelled: another one must lead."""


def _new_id() -> str:
    """A UUID of version 7 (RFC 9562) without dashes: 48 bits of milliseconds by which it sorts, and 74 of chance."""
    chance = secrets.randbits(74)
    high, low = chance >> 62, chance & (1 << 62) - 1
    return f"{(time.time_ns() // 1_000_000) << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low:032x}"
