"""Serves the runtime of a node to the control plane, over HTTP at the door that leads to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from nacre.core.errors import InvalidInput, NacreError
from nacre.core.validation import first_fault
from nacre.runtime.afar.agent import Agent
from nacre.runtime.afar.following import followed
from nacre.runtime.afar.messages import FENCE, Done, ForgetRun, Prepare, RanOnce, RunOnce, Start, Wanted
from nacre.runtime.runtime import Runtime

M = TypeVar("M", bound=BaseModel)
_MOST_TAIL_BYTES = 1 << 20


def agent_app(agent: Agent, runtime: Runtime, lines: Callable[[bytes], bytes]) -> Starlette:
    """`lines` answers what is asked about logs (monitoring/afar/giving.py), in a thread."""
    asked = _Asked(agent, runtime, lines)
    posts = {
        "want": asked.want,
        "prepare": asked.prepare,
        "start": asked.start,
        "run": asked.run,
        "forget": asked.forget,
        "lines": asked.lines,
    }
    return Starlette(
        routes=[
            *(Route(f"/{name}", _answering(work), methods=["POST"]) for name, work in posts.items()),
            Route("/log/{app}", _answering(asked.log), methods=["GET"]),
        ]
    )  # fmt: skip


class _Asked:
    def __init__(self, agent: Agent, runtime: Runtime, lines: Callable[[bytes], bytes]) -> None:
        self._agent = agent
        self._lines = lines
        self._runtime = runtime

    async def want(self, request: Request) -> Response:
        wanted = await _message(request, Wanted)
        return _answer(await self._agent.want(_fence(request), wanted))

    async def prepare(self, request: Request) -> Response:
        asked = await _message(request, Prepare)
        self._agent.take(asked.deployed.app, _fence(request))
        await self._agent.prepare(asked)
        return _answer(Done())

    async def start(self, request: Request) -> Response:
        asked = await _message(request, Start)
        self._agent.take(asked.app, _fence(request))
        await self._agent.start(asked.app)
        return _answer(Done())

    async def run(self, request: Request) -> Response:
        asked = await _message(request, RunOnce)
        self._agent.take(asked.deployed.app, _fence(request))
        ran = await self._agent.run_once(asked)
        return _answer(RanOnce(exit_code=ran.exit_code, log=ran.log, seconds=ran.seconds))

    async def forget(self, request: Request) -> Response:
        asked = await _message(request, ForgetRun)
        self._agent.take(asked.deployed.app, _fence(request))
        await self._agent.forget_run(asked.deployed, asked.key)
        return _answer(Done())

    async def lines(self, request: Request) -> Response:
        answer = await asyncio.to_thread(self._lines, await request.body())
        return Response(answer, media_type="application/octet-stream")

    async def log(self, request: Request) -> Response:
        """The end of what an app wrote; with ?follow=1 also what it writes from then on."""
        asked = request.query_params
        release = int(asked["release"]) if "release" in asked else None
        app, tail = request.path_params["app"], min(int(asked.get("tail", "65536")), _MOST_TAIL_BYTES)
        pieces = followed(self._runtime, app, release, tail, goes_on=asked.get("follow") == "1")
        return StreamingResponse(pieces, media_type="application/octet-stream")


def _fence(request: Request) -> int:
    return int(request.headers.get(FENCE, "0"))


def _answering(work: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await work(request)
        except NacreError as error:
            return JSONResponse(error.document(), error.http_status)

    return answer


async def _message(request: Request, kind: type[M]) -> M:
    try:
        return kind.model_validate_json(await request.body())
    except ValidationError as error:
        where, fault = first_fault(error, "message")
        raise InvalidInput(
            "bad-message", f"“{where}” of what the control plane says: {fault}.", hint="Use the same Nacre on both."
        ) from None


def _answer(message: BaseModel) -> Response:
    return Response(message.model_dump_json(), media_type="application/json")
