"""The MCP server, whatever carries it: it lists the tools and hands their calls to whoever can run operations."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server

from nacre import __version__
from nacre.core.errors import NacreError
from nacre.core.progress import Step
from nacre.surfaces.mcp.tools import INSTRUCTIONS, Tools
from nacre.surfaces.verbs import Verb

Context = ServerRequestContext[Any, Any]
Run = Callable[[Context, Verb, Mapping[str, Any], Callable[[Step], None]], Awaitable[str]]
"""Runs an operation for the caller behind a context, reporting steps on the event loop; returns its answer as JSON.

Raises NacreError.
"""


def server(tools: Tools, run: Run) -> "Server[Any]":
    """A server of these tools."""

    async def list_tools(_context: Context, _params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools.definitions())

    async def call_tool(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            return _text(await _answer(context, params.name, params.arguments or {}))
        except NacreError as error:
            return _failure(error)

    async def _answer(context: Context, tool: str, arguments: Mapping[str, Any]) -> str:
        told = tools.answer(tool, arguments)
        if told is not None:
            return told
        verb, arguments = tools.operation(tool, arguments)
        async with _Progress(context) as progress:
            return await run(context, verb, arguments, progress.put)

    return Server(
        "nacre",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


class _Progress:
    """Passes steps on to the client, if it asked for progress, until the block ends."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._steps: asyncio.Queue[Step | None] = asyncio.Queue()

    def put(self, step: Step) -> None:
        self._steps.put_nowait(step)

    async def __aenter__(self) -> "_Progress":
        self._task = asyncio.create_task(self._pass_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._steps.put_nowait(None)
        await self._task

    async def _pass_on(self) -> None:
        # MCP wants a number that only grows, whatever a phase counts: the number of reports so far.
        count = 0
        while (step := await self._steps.get()) is not None:
            count += 1
            await self._session.report_progress(count, None, _words(step))


def _words(step: Step) -> str:
    if step.done is None:
        return step.phase
    return f"{step.phase} {step.done}" + ("" if step.total is None else f"/{step.total}")


def _text(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


def _failure(error: NacreError) -> types.CallToolResult:
    lines = [f"{error.code}: {error.message}", error.hint]
    text = types.TextContent(type="text", text="\n".join(line for line in lines if line))
    return types.CallToolResult(content=[text], structured_content=error.document(), is_error=True)
