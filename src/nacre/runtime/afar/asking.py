"""Asks the runtime of a node, through the line that leads to it. Blocks; for worker threads."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from nacre.core.errors import (
    Conflict,
    Failed,
    InvalidInput,
    NacreError,
    NoSpace,
    NotAllowed,
    NotFound,
    TooLarge,
    Unavailable,
)
from nacre.runtime.afar.messages import FENCE

M = TypeVar("M", bound=BaseModel)

UNREACHABLE = "node-unreachable"
_KINDS: Mapping[int, type[NacreError]] = {
    400: InvalidInput,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    500: Failed,
    503: Unavailable,
    507: NoSpace,
}
_SAID_S = 10.0
_SOON_S = 5.0
_WHOLE_S = 60.0
"""For the whole of an answer after it began: by byte and byte it would hold whoever asks for days."""
_LONGEST_ANSWER_BYTES = 8 << 20
_LONGEST_WORDS = 2000
"""Of what a node refuses with."""


def ask(
    node: str, line: Path, what: str, message: BaseModel, kind: type[M], fence: int, within_s: float
) -> M:  # fmt: skip
    """Raises what the node refuses with, and Unavailable "node-unreachable"."""
    with _reached(node, line, within_s) as http:
        asked = http.stream("POST", f"/{what}", content=message.model_dump_json(), headers={FENCE: str(fence)})
        with asked as answer:
            content = _within(node, answer, _LONGEST_ANSWER_BYTES)
        if answer.is_error:
            raise _refusal(node, answer.status_code, content)
        try:
            return kind.model_validate_json(content)
        except ValidationError as error:
            raise _unreachable(node, "it answers with something that is no Nacre's of this version") from error


def read_log(node: str, line: Path, app: str, release: int | None, tail_bytes: int) -> bytes:
    """The end of what an app wrote. Raises as `ask` does."""
    with _reached(node, line, _SAID_S) as http:
        with http.stream("GET", f"/log/{app}", params=_query(release, tail_bytes)) as answer:
            content = _within(node, answer, max(tail_bytes, _LONGEST_ANSWER_BYTES))
        if answer.is_error:
            raise _refusal(node, answer.status_code, content)
        return content


@contextmanager
def follow_log(node: str, line: Path, app: str, release: int | None, tail_bytes: int) -> Iterator[Iterator[bytes]]:
    """What it wrote and writes, in pieces; an empty one each second in which it writes nothing."""
    with _reached(node, line, None) as http:
        query = {**_query(release, tail_bytes), "follow": "1"}
        with http.stream("GET", f"/log/{app}", params=query) as answer:
            if answer.is_error:
                raise _refusal(node, answer.status_code, _within(node, answer, _LONGEST_ANSWER_BYTES))
            yield answer.iter_raw()


class Standing:
    """A way to a node that is kept open, for what is asked again and again. For one thread."""

    def __init__(self, node: str, line: Path, whole_s: float = _WHOLE_S) -> None:
        self._node = node
        self._whole_s = whole_s
        self._http = httpx.Client(transport=httpx.HTTPTransport(uds=str(line)), base_url="http://node", timeout=_SOON_S)

    def post(self, what: str, content: bytes, most_bytes: int) -> bytes:
        """Raises as `ask` does."""
        try:
            with self._http.stream("POST", f"/{what}", content=content) as answer:
                said = _within(self._node, answer, most_bytes, self._whole_s)
        except httpx.TransportError as error:
            raise _unreachable(self._node, str(error) or type(error).__name__) from error
        if answer.is_error:
            raise _refusal(self._node, answer.status_code, said)
        return said

    def close(self) -> None:
        self._http.close()


@contextmanager
def _reached(node: str, line: Path, within_s: float | None) -> Iterator[httpx.Client]:
    transport = httpx.HTTPTransport(uds=str(line))
    with httpx.Client(transport=transport, base_url="http://node", timeout=within_s) as http:
        try:
            yield http
        except httpx.TransportError as error:
            raise _unreachable(node, str(error) or type(error).__name__) from error


def _query(release: int | None, tail_bytes: int) -> dict[str, str]:
    return {"tail": str(tail_bytes), **({} if release is None else {"release": str(release)})}


def _within(node: str, answer: httpx.Response, most_bytes: int, whole_s: float = _WHOLE_S) -> bytes:
    """A node is trusted less than this machine: it fills no memory here, and keeps no thread."""
    content, end_s = bytearray(), time.monotonic() + whole_s
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > most_bytes:
            raise _unreachable(node, f"it answers with more than {most_bytes} bytes")
        if time.monotonic() > end_s:
            raise _unreachable(node, f"its answer takes longer than {whole_s:g} s")
    return bytes(content)


def _refusal(node: str, status: int, content: bytes) -> NacreError:
    try:
        said = json.loads(content)["error"]
        words = (said["code"], said["message"], said.get("hint", ""))
        code, message, hint = (str(each)[:_LONGEST_WORDS] for each in words)
        return _KINDS.get(status, Unavailable)(code, message, hint=hint)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _unreachable(node, f"it answers {status}")


def _unreachable(node: str, why: str) -> Unavailable:
    return Unavailable(
        UNREACHABLE,
        f"The node {node} cannot be reached: {why}.",
        hint="`nacre node list` shows when it was last heard of. It is asked again.",
    )
