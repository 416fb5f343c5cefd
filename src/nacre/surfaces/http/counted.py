"""Counts requests, failures, and how long each answer took to begin."""

import time
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nacre.monitoring.traffic import Traffic


@dataclass(frozen=True)
class Counted:
    app: ASGIApp
    traffic: Traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.traffic.note(message["status"], time.perf_counter() - began)
            await send(message)

        await self.app(scope, receive, noted)
