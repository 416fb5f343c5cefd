"""The routes of runners. Whoever calls has the credential of a node, and touches only what runners of it hold."""

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import TypeVar

from anyio.to_thread import run_sync
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from nacre import __version__
from nacre.core.errors import InvalidInput, NotAllowed, TooLarge
from nacre.core.principals import Kind, Principal
from nacre.core.validation import first_fault
from nacre.jobs.job import GivenBack, Hold
from nacre.jobs.jobs import Jobs, node_of
from nacre.jobs.waiting import wait_for_claim_on_loop
from nacre.nodes.joining import Joining
from nacre.nodes.messages import FENCE, LONGEST_LOG_PIECE_BYTES, SLOT, AskForWork, Finish, Hello, Join, Taken, hold_of
from nacre.nodes.nodes import Nodes
from nacre.nodes.queue import NodeQueue
from nacre.repositories.sources import Sources, read_source
from nacre.surfaces.http.download import pulled
from nacre.surfaces.http.served import Served

M = TypeVar("M", bound=BaseModel)

_LARGEST_MESSAGE_BYTES = 1 << 20


def routes(daemon: Served) -> list[BaseRoute]:
    of_job = Endpoints(daemon)
    return [
        Route("/runner/hello", of_job.hello, methods=["GET"]),
        Route("/runner/join", of_job.join, methods=["POST"]),
        Route("/runner/claim", of_job.claim, methods=["POST"]),
        Route("/runner/jobs/{job:int}/heartbeat", of_job.heartbeat, methods=["POST"]),
        Route("/runner/jobs/{job:int}/log", of_job.log, methods=["POST"]),
        Route("/runner/jobs/{job:int}/finish", of_job.finish, methods=["POST"]),
        Route("/runner/jobs/{job:int}/source", of_job.source, methods=["GET"]),
    ]


class Endpoints:
    def __init__(self, daemon: Served) -> None:
        self._daemon = daemon

    async def hello(self, request: Request) -> Response:
        """Who the caller is here, and which Nacre this is: a runner asks it before it begins."""
        return _answer(Hello(node=_node(request), version=__version__))

    async def join(self, request: Request) -> Response:
        """A machine that is to run apps says where it is reached, and is told what it proves itself by."""
        node = _node(request)
        asked = await _message(request, Join)
        return _answer(await run_sync(self._daemon.service(Joining).join, node, asked))

    async def claim(self, request: Request) -> Response:
        """A claim, or 204 when there was none within the time that the runner waits for."""
        node = _node(request)
        asked = await _message(request, AskForWork)
        queue = self._queue(node, asked.version)
        ask = partial(queue.ask, asked.slot, asked.kinds, asked.claim_key)
        gone = asyncio.create_task(_gone(request))
        try:
            claim = await wait_for_claim_on_loop(queue.jobs, ask, asked.claim_key, asked.wait_s, gone)
            if claim is not None and gone.done():  # it will not see the answer
                await run_sync(queue.finish, claim, GivenBack(why=f"runner {claim.runner} went away"))
        finally:
            gone.cancel()
        return Response(status_code=204) if claim is None else _answer(claim)

    async def heartbeat(self, request: Request) -> Response:
        queue, hold = self._held(request)
        return _answer(await run_sync(queue.heartbeat, hold))

    async def log(self, request: Request) -> Response:
        """A piece of the log, raw, which begins at ?offset= of what this attempt wrote."""
        queue, hold = self._held(request)
        offset = _number(request.query_params.get("offset"), "offset")
        data = await _body(request, LONGEST_LOG_PIECE_BYTES)
        return _answer(Taken(offset=await run_sync(queue.log, hold, offset, data)))

    async def finish(self, request: Request) -> Response:
        queue, hold = self._held(request)
        said = await _message(request, Finish)
        return _answer(await run_sync(queue.finish, hold, said.outcome))

    async def source(self, request: Request) -> Response:
        """What a job builds from, as a tar."""
        queue, hold = self._held(request)
        pieces = await run_sync(self._source, queue, hold)
        return StreamingResponse(pulled(pieces), media_type="application/x-tar")

    def _source(self, queue: NodeQueue, hold: Hold) -> Iterator[bytes]:
        queue.jobs.holds(hold.job_id, hold.fence, node_of(hold.runner))
        payload = queue.jobs.payload(hold.job_id)
        return self._daemon.service(Sources).archive(payload["project"], read_source(payload["source"]))

    def _held(self, request: Request) -> tuple[NodeQueue, Hold]:
        node, fence = _node(request), _number(request.headers.get(FENCE), FENCE)
        hold = hold_of(request.path_params["job"], fence, node, request.headers.get(SLOT, ""))
        return self._queue(node, request.headers.get("user-agent", "").removeprefix("nacre/")[:50]), hold

    def _queue(self, node: str, version: str) -> NodeQueue:
        return NodeQueue(self._daemon.service(Jobs), self._daemon.service(Nodes), node, version)


def _node(request: Request) -> str:
    """The name of the node that calls. Raises NotAllowed "not-a-node"."""
    who: Principal = request.scope["principal"]
    if who.kind is not Kind.NODE:
        raise NotAllowed(
            "not-a-node",
            f"Here runners call, with the credential of their node; {who} is none.",
            hint="`nacre node add NAME` makes one.",
        )
    return who.name


async def _message(request: Request, kind: type[M]) -> M:
    try:
        return kind.model_validate_json(await _body(request, _LARGEST_MESSAGE_BYTES))
    except ValidationError as error:
        where, fault = first_fault(error, "message")
        raise InvalidInput(
            "bad-message", f"“{where}” of what this runner says: {fault}.", hint="Use the same Nacre on both."
        ) from None


async def _body(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise TooLarge("body-too-large", f"A runner says at most {most_bytes >> 10} KiB at once.")
    return bytes(body)


def _number(text: str | None, name: str) -> int:
    if text is None or not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise InvalidInput("bad-message", f"“{name}” must be a whole number.", hint="Use the same Nacre on both.")
    return int(text)


async def _gone(request: Request) -> None:
    """Ends when the one who asks has closed the connection; to be begun once the body is read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _answer(message: BaseModel) -> Response:
    return Response(message.model_dump_json(), media_type="application/json")
