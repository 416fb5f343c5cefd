"""`nacre mcp`: MCP over standard input and output, for agents that start their servers themselves."""

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from mcp.server.stdio import stdio_server

from nacre.core.progress import Step
from nacre.surfaces.client import Client
from nacre.surfaces.mcp.bytes import fetched, with_bytes
from nacre.surfaces.mcp.server import Context, server
from nacre.surfaces.mcp.tools import Tools
from nacre.surfaces.verbs import Verb, read_manifest


def serve_stdio(client: Client) -> None:
    """Serve until standard input ends; every call goes to the daemon through `client`."""
    asyncio.run(_serve(client))


async def _serve(client: Client) -> None:
    mcp = server(Tools(read_manifest().values()), partial(_run, client))
    async with stdio_server() as (incoming, outgoing):
        await mcp.run(incoming, outgoing, mcp.create_initialization_options())


async def _run(
    client: Client, _context: Context, verb: Verb, arguments: Mapping[str, Any], watcher: Callable[[Step], None]
) -> str:
    arguments = with_bytes(verb, arguments)
    if verb.streams:
        return await asyncio.to_thread(fetched, client.fetch, verb, arguments)
    loop = asyncio.get_running_loop()

    def on_step(step: Step) -> None:
        loop.call_soon_threadsafe(watcher, step)

    answer = await asyncio.to_thread(client.call, verb, arguments, on_step)
    return json.dumps(answer, ensure_ascii=False)
