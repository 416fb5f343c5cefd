"""MCP as agents use it: the real client over streamable HTTP and over stdio."""

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from nacre.core.principals import Role


@asynccontextmanager
async def over_http(daemon: Any, token: str, **more: Any) -> AsyncIterator[Client]:
    async with create_mcp_http_client(headers={"Authorization": f"Bearer {token}"}) as http:
        transport = streamable_http_client(f"{daemon.url}/mcp", http_client=http)
        async with Client(transport, **more) as client:
            yield client


@asynccontextmanager
async def over_stdio(daemon: Any, **more: str) -> AsyncIterator[Client]:
    environment = {**os.environ, "NACRE_HOME": str(daemon.settings.home), **more}
    async with Client(
        StdioServerParameters(command=sys.executable, args=["-m", "nacre", "mcp"], env=environment)
    ) as mcp:
        yield mcp


def text_of(result: Any) -> str:
    return result.content[0].text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_agents_find_and_run_operations_over_http(daemon, mode):
    async with over_http(daemon, daemon.token(Role.USER), mode=mode) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert tools == {"shed_paint", "shed_look", "list_operations", "describe_operation", "call_operation"}
        painted = await client.call_tool("shed_paint", {"ref": "shop", "coats": 2})
        assert json.loads(text_of(painted))["who"] == "agent:test"
        assert "shed.look: " in text_of(await client.call_tool("list_operations", {"prefix": "shed."}))
        described = json.loads(text_of(await client.call_tool("describe_operation", {"name": "shed.look"})))
        assert "places" in described["input"]["properties"]
        looked = await client.call_tool("call_operation", {"name": "shed.look", "arguments": {"ref": "shop"}})
        assert json.loads(text_of(looked))["ref"] == "shop"


async def test_a_refusal_is_a_tool_error_with_code_message_and_hint(daemon):
    async with over_http(daemon, daemon.token(Role.USER)) as client:
        refused = await client.call_tool("call_operation", {"name": "shed.refuse", "arguments": {"ref": "shop"}})
        assert refused.is_error
        assert text_of(refused) == "wet-paint: The paint is still wet.\nWait."
        for tool, arguments, code in (
            ("shed_paint", {"ref": "Shop"}, "bad-name"),
            ("shed_paint", {"coats": 1}, "bad-input"),
            ("nonsense", {}, "unknown-tool"),
            ("call_operation", {"name": "nonsense"}, "unknown-operation"),
            ("describe_operation", {}, "unknown-operation"),
        ):
            result = await client.call_tool(tool, arguments)
            assert result.is_error and text_of(result).startswith(f"{code}: "), text_of(result)


async def test_the_tokens_role_and_scope_hold(daemon):
    async with over_http(daemon, daemon.token(Role.VIEWER)) as client:
        assert text_of(await client.call_tool("shed_paint", {"ref": "shop"})).startswith("not-allowed: ")
    async with over_http(daemon, daemon.token(Role.USER, ["other"])) as client:
        assert text_of(await client.call_tool("shed_paint", {"ref": "shop"})).startswith("outside-scope: ")
    assert [entry.surface for entry in daemon.audit.entries(10, None, None)] == ["mcp", "mcp"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_progress_reaches_a_client_that_asks(daemon, mode):
    seen: list[tuple[float, str | None]] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, message))

    async with over_http(daemon, daemon.token(Role.USER), mode=mode) as client:
        await client.call_tool("shed_paint", {"ref": "shop", "coats": 40}, progress_callback=on_progress)
    assert seen[-1][1] == "painting 40/40"
    assert [progress for progress, _ in seen] == sorted({progress for progress, _ in seen})


async def test_stdio_runs_operations_as_the_owner_or_with_a_token(daemon):
    daemon.token(Role.USER)
    async with over_stdio(daemon) as client:
        listed = await client.call_tool("call_operation", {"name": "token.list"})
        assert json.loads(text_of(listed))[0]["name"] == "test"
    token = daemon.token(Role.USER)
    async with over_stdio(daemon, NACRE_TOKEN=token, NACRE_URL=daemon.url) as client:
        refused = await client.call_tool("call_operation", {"name": "token.list"})
        assert refused.is_error and text_of(refused).startswith("not-allowed: ")


async def test_stdio_says_when_the_daemon_is_not_running(daemon):
    async with over_stdio(daemon, NACRE_HOME=str(daemon.settings.home / "elsewhere")) as client:
        result = await client.call_tool("call_operation", {"name": "token.list"})
        assert result.is_error and text_of(result).startswith("daemon-not-running: ")
