"""Asks the runtime of a node, through the line that leads to it. Blocks; for worker threads."""

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


def ask(
    node: str, line: Path, what: str, message: BaseModel, kind: type[M], fence: int, within_s: float
) -> M:  # fmt: skip
    """Raises what the node refuses with, and Unavailable "node-unreachable"."""
    with _reached(node, line, within_s) as http:
        answer = http.post(f"/{what}", content=message.model_dump_json(), headers={FENCE: str(fence)})
        if answer.is_error:
            raise _refusal(node, answer)
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as error:
            raise _unreachable(node, "it answers with something that is no Nacre's of this version") from error


def read_log(node: str, line: Path, app: str, release: int | None, tail_bytes: int) -> bytes:
    """The end of what an app wrote. Raises as `ask` does."""
    with _reached(node, line, _SAID_S) as http:
        answer = http.get(f"/log/{app}", params=_query(release, tail_bytes))
        if answer.is_error:
            raise _refusal(node, answer)
        return answer.content


@contextmanager
def follow_log(node: str, line: Path, app: str, release: int | None, tail_bytes: int) -> Iterator[Iterator[bytes]]:
    """What it wrote and writes, in pieces; an empty one each second in which it writes nothing."""
    with _reached(node, line, None) as http:
        query = {**_query(release, tail_bytes), "follow": "1"}
        with http.stream("GET", f"/log/{app}", params=query) as answer:
            if answer.is_error:
                answer.read()
                raise _refusal(node, answer)
            yield answer.iter_raw()


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


def _refusal(node: str, answer: httpx.Response) -> NacreError:
    try:
        said = answer.json()["error"]
        return _KINDS.get(answer.status_code, Unavailable)(said["code"], said["message"], hint=said.get("hint", ""))
    except (ValueError, KeyError, TypeError):
        return _unreachable(node, f"it answers {answer.status_code}")


def _unreachable(node: str, why: str) -> Unavailable:
    return Unavailable(
        UNREACHABLE,
        f"The node {node} cannot be reached: {why}.",
        hint="`nacre node list` shows when it was last heard of. It is asked again.",
    )
