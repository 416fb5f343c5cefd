"""/mcp on the HTTP server. The mcp package weighs tens of megabytes, so it loads with the first request."""

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from nacre.core.operations import Registry
from nacre.surfaces.http.running import Runner

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class McpMount:
    """An ASGI app that starts the MCP session manager when first called."""

    def __init__(self, registry: Registry, runner: Runner) -> None:
        self._registry = registry
        self._runner = runner
        self._starting = asyncio.Lock()
        self._app: ASGIApp | None = None
        self._closing = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._starting:
            app = self._app or await self._start()
        await app(scope, receive, send)

    async def close(self) -> None:
        self._closing.set()
        if self._serving is not None:
            await self._serving

    async def _start(self) -> "ASGIApp":
        from nacre.surfaces.mcp.http import sessions

        manager = await asyncio.to_thread(sessions, self._registry, self._runner)
        running = asyncio.Event()

        async def serve() -> None:
            # The manager's task group must be entered and left in one task.
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(manager.run())
                running.set()
                await self._closing.wait()

        self._serving = asyncio.create_task(serve())
        await running.wait()
        self._app = manager.handle_request
        return self._app
