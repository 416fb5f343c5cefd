"""What the gateway knows of a request and the daemon must: who really calls, that it came by TLS, and its id."""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nacre.core.errors import NacreError
from nacre.gateway.limits import Limits
from nacre.surfaces.http.errors import refusal

_ID = re.compile(r"[0-9a-f-]{16,36}")


class TooManyRequests(NacreError):
    http_status = 429


class BehindGateway:
    """Serves run/gateway.sock. Only Caddy can open it, and Caddy writes X-Forwarded-For itself."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        address, request_id = headers.get("x-forwarded-for", ""), headers.get("x-request-id", "")
        scheme = "https" if scope["type"] == "http" else "wss"
        told = {**scope, "client": (address, 0), "scheme": scheme}
        if _ID.fullmatch(request_id):  # by it what the gateway and the daemon wrote of one request is found together
            told["request_id"] = request_id
        await self._app(told, receive, self._counted(address, send))

    def _counted(self, address: str, send: Send) -> Send:
        """Who guesses is told to slow down: each refusal of an unknown caller takes one of few."""
        refused = False

        async def send_counted(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == 401 and not self._limits.take(address):
                refused = True
                await _slow_down(send)
            if not refused:
                await send(message)

        return send_counted


async def _slow_down(send: Send) -> None:
    error = TooManyRequests("too-many-requests", "Too many requests without a valid sign-in.", hint="Wait a minute.")
    answer = refusal(error)
    await send(
        {"type": "http.response.start", "status": 429, "headers": [*answer.raw_headers, (b"retry-after", b"60")]}
    )
    await send({"type": "http.response.body", "body": answer.body})
