"""Whether a release may be run here: its app is placed on this machine, which has proven that it keeps apps apart."""

import asyncio
from collections.abc import Awaitable, Callable

from nacre.core.errors import Conflict, Unavailable
from nacre.engines.sandbox.driver import Driver
from nacre.runtime.book import Book
from nacre.runtime.deployed import LOCAL, Deployed


class Here:
    """`prove` tries the isolation out by attacks; once it has held, it is not tried again."""

    def __init__(self, book: Book, driver: Driver, prove: Callable[[], Awaitable[None]]) -> None:
        self._book = book
        self._driver = driver
        self._prove = prove
        self._proven = False

    async def require(self, deployed: Deployed) -> None:
        """Raises Unavailable "isolation-not-proven" or "isolation-broken", Conflict "wrong-node"."""
        await self._require_isolation()
        if deployed.node != LOCAL:
            raise Conflict(
                "wrong-node",
                f"{deployed.name} is to run on the node {deployed.node}, which is another machine.",
                hint="Publish it again.",
            )
        await asyncio.to_thread(self._book.place, deployed.app, LOCAL)

    async def _require_isolation(self) -> None:
        if self._proven:
            return
        refusal = await asyncio.to_thread(self._driver.refusal)
        if refusal:
            raise Unavailable(
                "isolation-not-proven",
                f"Nothing is run here, because it could not be kept apart: {refusal}",
                hint="`nacre doctor` shows what is missing.",
            )
        await self._prove()
        self._proven = True
