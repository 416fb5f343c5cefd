"""So many at a time, and who waits is served in turn by whom they wait for: nobody's crowd keeps out another's one."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """`limit` places; None lets all in."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._inside = 0
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def inside(self) -> int:
        return self._inside

    @property
    def waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def place(self, who: str) -> AsyncIterator[None]:
        """A place for the length of the context, once it is the turn of `who`."""
        if self._limit is None or self._inside < self._limit:
            self._inside += 1
        else:
            await self._wait(who)
        try:
            yield
        finally:
            self._leave()

    async def _wait(self, who: str) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(who, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # the place had been given already
            else:
                self._forget(who, turn)
            raise

    def _leave(self) -> None:
        """Hand the place on: to the one who waits longest among those whose party had no turn for longest."""
        while self._waiting:
            who, turns = next(iter(self._waiting.items()))
            turn = turns.popleft()
            del self._waiting[who]
            if turns:
                self._waiting[who] = turns  # behind the others
            if not turn.done():
                turn.set_result(None)
                return
        self._inside -= 1

    def _forget(self, who: str, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(who)
        if turns is not None and turn in turns:
            turns.remove(turn)
            if not turns:
                del self._waiting[who]
