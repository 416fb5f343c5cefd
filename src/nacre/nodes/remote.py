"""The queue of jobs at the other end of a network: what a runner on another machine asks, over HTTP."""

import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from nacre import __version__
from nacre.core.errors import (
    Conflict,
    Failed,
    InvalidInput,
    NacreError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Unavailable,
)
from nacre.jobs.job import Beat, Claim, Hold, Job, Outcome
from nacre.nodes.messages import FENCE, SLOT, AskForWork, Finish, Hello, Join, Joined, Taken

M = TypeVar("M", bound=BaseModel)
E = TypeVar("E", bound=BaseException)

_CONNECT_S = 5.0
_ANSWER_S = 10.0
_KINDS: Mapping[int, type[NacreError]] = {
    400: InvalidInput,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
}


class RemoteQueue:
    """A nacre.jobs.queue.Queue over HTTP; threads may share it.

    What is no refusal of the control plane's own (nobody answers, a proxy without it, a disk that is full there) raises
    Unavailable: the call may be made again.
    """

    def __init__(self, url: str, token: str, cacert: Path | None = None) -> None:
        """Raises InvalidInput "bad-url", "bad-certificates"."""
        self._url = _checked(url)
        self._http = httpx.Client(
            base_url=self._url,
            headers={"Authorization": f"Bearer {token}", "User-Agent": f"nacre/{__version__}"},
            timeout=httpx.Timeout(_ANSWER_S, connect=_CONNECT_S),
            verify=trusting(cacert),
        )

    def hello(self) -> Hello:
        """Who this runner is there. Raises NotSignedIn "bad-token", Failed "certificate-not-trusted"."""
        return _read(Hello, self._ask("GET", "/runner/hello"))

    def join(self, asked: Join) -> Joined:
        """Take part in running apps. Raises NotAllowed "runs-no-apps" and as `hello` does."""
        return _read(Joined, self._ask("POST", "/runner/join", content=asked.model_dump_json()))

    def claim(self, slot: str, kinds: Collection[str], claim_key: str, wait_s: float) -> Claim | None:
        asked = AskForWork(slot=slot, kinds=sorted(kinds), claim_key=claim_key, wait_s=wait_s, version=__version__)
        timeout = httpx.Timeout(wait_s + _ANSWER_S, connect=_CONNECT_S)
        answer = self._ask("POST", "/runner/claim", content=asked.model_dump_json(), timeout=timeout)
        return None if answer.status_code == httpx.codes.NO_CONTENT else _read(Claim, answer)

    def heartbeat(self, hold: Hold) -> Beat:
        return _read(Beat, self._ask("POST", f"/runner/jobs/{hold.job_id}/heartbeat", headers=showing(hold)))

    def log(self, hold: Hold, offset: int, data: bytes) -> int:
        path, query = f"/runner/jobs/{hold.job_id}/log", {"offset": offset}
        return _read(Taken, self._ask("POST", path, params=query, content=data, headers=showing(hold))).offset

    def finish(self, hold: Hold, outcome: Outcome) -> Job:
        path, said = f"/runner/jobs/{hold.job_id}/finish", Finish(outcome=outcome).model_dump_json()
        return _read(Job, self._ask("POST", path, content=said, headers=showing(hold)))

    @contextmanager
    def source(self, hold: Hold) -> Iterator[Iterator[bytes]]:
        """What a job builds from, as a tar, in pieces."""
        path = f"/runner/jobs/{hold.job_id}/source"
        with self._broken_off(), self._http.stream("GET", path, headers=showing(hold)) as answer:
            if answer.is_error:
                answer.read()
                raise _refusal(answer)
            yield answer.iter_bytes()

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        with self._broken_off():
            answer = self._http.request(method, path, **more)
        if answer.is_error:
            raise _refusal(answer)
        return answer

    @contextmanager
    def _broken_off(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            cause = _cause(error, ssl.SSLCertVerificationError)
            if cause is not None:
                raise Failed(
                    "certificate-not-trusted",
                    f"The certificate of {self._url} is not trusted: {cause.verify_message}.",
                    hint="Take root.crt from the home of that Nacre, and name it: --cacert root.crt.",
                ) from None
            raise Unavailable(
                "control-plane-unreachable",
                f"{self._url} does not answer: {error or type(error).__name__}.",
                hint="It is asked again.",
            ) from error


def showing(hold: Hold) -> dict[str, str]:
    """The headers that show whose claim something is done under."""
    return {FENCE: str(hold.fence), SLOT: hold.runner.partition("/")[2]}


def trusting(cacert: Path | None) -> ssl.SSLContext:
    """What the machine trusts, and these certificates. Raises InvalidInput "bad-certificates"."""
    trusted = ssl.create_default_context()
    if cacert is not None:
        try:
            trusted.load_verify_locations(cafile=cacert)
        except OSError as error:  # ssl.SSLError is one
            raise InvalidInput("bad-certificates", f"{cacert} cannot be read as certificates: {error}.") from None
    return trusted


def _checked(url: str) -> str:
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        parts = httpx.URL()
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise InvalidInput(
            "bad-url", f"“{url}” is not the URL of a Nacre.", hint="Write it as `nacre node add` shows it."
        )
    return url.rstrip("/")


def _read(kind: type[M], answer: httpx.Response) -> M:
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError as error:
        raise _puzzling(answer) from error


def _refusal(answer: httpx.Response) -> NacreError:
    """The refusal as it was made there; whatever it did not decide itself may be otherwise the next time."""
    kind = _KINDS.get(answer.status_code, Unavailable)
    try:
        said = answer.json()["error"]
        return kind(said["code"], said["message"], hint=said.get("hint", ""))
    except (ValueError, KeyError, TypeError):
        return _puzzling(answer)


def _puzzling(answer: httpx.Response) -> Unavailable:
    return Unavailable(
        "control-plane-unreachable",
        f"{answer.url.host} answers {answer.status_code} with something that is no Nacre's.",
        hint="Is it the URL that `nacre node add` shows? It is asked again.",
    )


def _cause(error: BaseException, kind: type[E]) -> E | None:
    """The error of this kind that led to another one."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, kind):
        found = found.__cause__ or found.__context__
    return found
