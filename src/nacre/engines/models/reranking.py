"""Rerankers that are plugged in: each scores passages by how well they answer a query, in a thread of its own.

They are found as providers of models are (plugged.py), and may be as broken: whatever they do is a ModelError at worst,
and comes in time.
"""

import asyncio
import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.plugged import Plugin, find_plugins

GROUP = "nacre.rerankers"
"""The entry points that rerankers register under: a name, and a factory without arguments that gives a Reranker."""


class Reranker(Protocol):
    """Called in a thread, by one caller at a time."""

    def scores(self, query: str, passages: Sequence[str]) -> Sequence[float]:
        """One for each passage, in their order: the more, the better it answers the query."""
        ...


class Rerankers:
    """Those of the environment and of `folder`, whose names are not `taken`; belongs to one event loop."""

    def __init__(self, folder: Path | None, taken: frozenset[str] = frozenset()) -> None:
        self._folder = folder
        self._taken = taken
        self._seen_at: int | None = None
        self._plugins: dict[str, Plugin[Reranker]] | None = None
        self._open: dict[str, _Working] = {}

    @property
    def plugins(self) -> list[Plugin[Reranker]]:
        """What is installed or changed in the folder counts from the next look."""
        return list(self._found().values())

    async def scores(self, name: str, query: str, passages: Sequence[str], timeout_s: float) -> list[float]:
        """Raises ModelError UNKNOWN_MODEL where there is none of that name, DOWN where it cannot be used or fails,
        TIMEOUT where it takes longer, or is still at what it took too long for, BAD_ANSWER for what are no scores."""
        plugin = self._found().get(name)
        if plugin is None:
            raise ModelError(Kind.UNKNOWN_MODEL, f"There is no reranker “{name}”.", hint="Look for its name.")
        if plugin.factory is None:
            raise ModelError(
                Kind.DOWN, f"The reranker “{name}” cannot be used: {plugin.fault}.", hint="Install it again."
            )
        working = self._open.setdefault(name, _Working(name, plugin.factory))
        return await working.scores(query, passages, timeout_s)

    def _found(self) -> "dict[str, Plugin[Reranker]]":
        changed_at = self._changed_at()
        if self._plugins is None or changed_at != self._seen_at:
            self._seen_at, self._open = changed_at, {}
            self._plugins = find_plugins(self._folder, self._taken, GROUP)
        return self._plugins

    def _changed_at(self) -> int | None:
        try:
            return self._folder.stat().st_mtime_ns if self._folder is not None else None
        except FileNotFoundError:
            return None


class _Working:
    """A reranker, opened when it is first asked. Its threads are daemons: what never ends keeps no process alive."""

    def __init__(self, name: str, factory: Callable[..., Reranker]) -> None:
        self._name = name
        self._factory = factory
        self._reranker: Reranker | None = None
        self._turn = threading.Lock()
        self._overdue: Future[list[float]] | None = None

    async def scores(self, query: str, passages: Sequence[str], timeout_s: float) -> list[float]:
        if self._overdue is not None and not self._overdue.done():
            raise self._late("is still at a query that it took too long for")
        asked = self._begun(query, list(passages))
        try:
            given = await asyncio.wait_for(asyncio.wrap_future(asked), timeout_s)
        except TimeoutError:
            if not asked.done():
                self._overdue = asked
            raise self._late(f"did not answer within {timeout_s:g} seconds") from None
        except Exception as error:  # a plugin may fail in any way
            raise ModelError(
                Kind.DOWN,
                f"The reranker “{self._name}” failed with {type(error).__name__}.",
                hint="The log of the side-car has more. Its author may know.",
            ) from error
        if len(given) != len(passages) or not all(math.isfinite(score) for score in given):
            raise ModelError(
                Kind.BAD_ANSWER,
                f"The reranker “{self._name}” gave {len(given)} scores for {len(passages)} passages, or no numbers.",
                hint="Its author may know.",
            )
        return given

    def _late(self, what: str) -> ModelError:
        hint = "Ask without it, or for fewer passages."
        return ModelError(Kind.TIMEOUT, f"The reranker “{self._name}” {what}.", hint=hint)

    def _begun(self, query: str, passages: list[str]) -> "Future[list[float]]":
        answer: Future[list[float]] = Future()

        def work() -> None:
            with self._turn:
                if not answer.set_running_or_notify_cancel():
                    return
                try:
                    answer.set_result(self._asked(query, passages))
                except BaseException as error:  # whoever waits for the answer is told
                    answer.set_exception(error)

        threading.Thread(target=work, name=f"rerank {self._name}", daemon=True).start()
        return answer

    def _asked(self, query: str, passages: list[str]) -> list[float]:
        if self._reranker is None:
            self._reranker = self._factory()
        return [float(score) for score in self._reranker.scores(query, passages)]
