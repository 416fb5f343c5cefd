"""MCP inside the daemon, at /mcp: each request is signed in like any other, so no session outlives a token."""

from collections.abc import Callable, Mapping
from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from nacre.core.operations import Registry, Stream
from nacre.core.progress import Step
from nacre.surfaces.http.running import Runner
from nacre.surfaces.mcp.bytes import streamed, with_bytes
from nacre.surfaces.mcp.server import Context, server
from nacre.surfaces.mcp.tools import Tools
from nacre.surfaces.verbs import Verb, describe


def sessions(registry: Registry, runner: Runner) -> StreamableHTTPSessionManager:
    """The session manager that serves the registry's operations through `runner`."""

    async def run(context: Context, verb: Verb, arguments: Mapping[str, Any], watcher: Callable[[Step], None]) -> str:
        assert context.request is not None
        scope = context.request.scope
        arguments = with_bytes(verb, arguments)
        answer = await runner.run(
            scope["principal"],
            verb.name,
            arguments,
            surface="mcp",
            request_id=scope["request_id"],
            watcher=watcher,
        )
        return streamed(answer) if isinstance(answer, Stream) else answer.model_dump_json()

    tools = Tools(describe(operation) for operation in registry)
    return StreamableHTTPSessionManager(server(tools, run), stateless=True)
