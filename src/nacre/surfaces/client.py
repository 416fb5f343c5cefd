"""Calls a running daemon over its socket, or over HTTP with a token.

Standard library only, so that the command line starts fast.
"""

import base64
import json
import os
import socket
import ssl
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from nacre.core.errors import DaemonNotRunning, Failed, InvalidInput, NacreError, NotAllowed
from nacre.core.progress import Output, Step
from nacre.surfaces.verbs import Verb

_CHUNK_BYTES = 1 << 16
_REFUSED_EARLY = BrokenPipeError, ConnectionResetError, ssl.SSLEOFError
"""What sending ends with when the daemon answered before all was sent: the answer is there to be read."""


class Client:
    """Sends operations to one daemon; a new connection for each, so threads may share it."""

    def __init__(self, connect: Callable[[], HTTPConnection], where: str, headers: Mapping[str, str]) -> None:
        self._connect = connect
        self._where = where
        self._headers = headers

    def call(
        self,
        verb: Verb,
        arguments: Mapping[str, Any],
        on_step: Callable[[Step], None] | None = None,
        on_output: Callable[[Output], None] | None = None,
    ) -> Any:
        """The operation's answer as JSON data. With `on_step`, a long operation tells how far it is; with `on_output`,
        what the program that it runs writes.

        Raises what the daemon refused with, and DaemonNotRunning "daemon-not-running".
        """
        path, body = request_of(verb, arguments)
        headers = self._headers_for(verb)
        if verb.long and (on_step or on_output):
            headers["Accept"] = "text/event-stream"
        with self._answer(verb.method, path, body, headers) as response:
            if response.headers.get_content_type() == "text/event-stream":
                return _follow(response, on_step or _ignore, on_output or _ignore)
            return _result(response)

    def fetch(self, verb: Verb, arguments: Mapping[str, Any], write: Callable[[bytes], object]) -> Mapping[str, str]:
        """The bytes that a streaming operation answers with, handed to `write`; returns the response's headers.

        Raises what the daemon refused with, before anything is written, and Failed "connection-lost".
        """
        path, body = request_of(verb, arguments)
        with self._answer(verb.method, path, body, self._headers_for(verb)) as response:
            if response.status >= 400:
                _result(response)
            try:
                while chunk := response.read(_CHUNK_BYTES):
                    write(chunk)
            except HTTPException as error:
                raise _broken(error) from error
            if response.length:  # http.client ends quietly when the other side does so too soon
                raise _broken(EOFError(f"{response.length} bytes are missing"))
            return dict(response.headers)

    def health(self) -> Any:
        """What /healthz says; raises DaemonNotRunning."""
        with self._answer("GET", "/healthz", None, self._headers) as response:
            return _result(response)

    def _headers_for(self, verb: Verb) -> dict[str, str]:
        kind = "application/json" if verb.body is None else "application/octet-stream"
        return {**self._headers, "Content-Type": kind}

    def _answer(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> HTTPResponse:
        connection = self._connect()
        headers = {**_announced(body), **headers} | {"Connection": "close"}
        try:
            with suppress(*_REFUSED_EARLY):
                connection.request(method, path, body, headers)
            return connection.getresponse()
        except (FileNotFoundError, ConnectionRefusedError):
            raise DaemonNotRunning(
                "daemon-not-running",
                f"No Nacre daemon answers at {self._where}.",
                hint="Start it with `nacre up --detach`, or set NACRE_HOME to the home of one that runs.",
            ) from None
        except PermissionError:
            raise NotAllowed(
                "socket-not-yours",
                f"{self._where} belongs to another user.",
                hint="Run as the user who runs the daemon, or set NACRE_TOKEN to a token of yours.",
            ) from None
        except ssl.SSLCertVerificationError as error:
            raise Failed(
                "certificate-not-trusted",
                f"The certificate of {self._where} is not trusted: {error.verify_message}.",
                hint="Set NACRE_CA to the root certificate of that Nacre, the file root.crt in its home.",
            ) from None
        except (OSError, HTTPException) as error:
            raise _broken(error) from error


def over_socket(path: Path, token: str = "") -> Client:
    """A client of the daemon that listens on this unix socket; without a token the caller is the owner."""
    return Client(lambda: _UnixConnection(path), str(path), {"Authorization": f"Bearer {token}"} if token else {})


def over_http(url: str, token: str, roots: Sequence[Path] = ()) -> Client:
    """A client of the daemon at `url` (http or https, an optional path prefix is not supported).

    `roots` are files of certificates to trust beside the machine's own.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInput("bad-url", f"“{url}” is not the URL of a Nacre.", hint="Write NACRE_URL=http://host:8420.")
    return Client(_dialler(parts.scheme, parts.hostname, parts.port, roots), url, {"Authorization": f"Bearer {token}"})


def request_of(verb: Verb, arguments: Mapping[str, Any]) -> tuple[str, Any]:
    """The path (with query) and the body that carry these arguments: JSON, or as it is, of bytes or of a file."""
    path, rest = verb.path, dict(arguments)
    for name in arguments:
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(str(rest.pop(name)), safe=":"))
    raw = None if verb.body is None else rest.pop(verb.body, b"")
    if verb.body is None and verb.method not in {"GET", "DELETE"}:
        return path, json.dumps(rest).encode()
    query = urlencode({name: _query_value(value) for name, value in rest.items()}, doseq=True)
    return (f"{path}?{query}" if query else path), raw


def _dialler(scheme: str, host: str, port: int | None, roots: Sequence[Path]) -> Callable[[], HTTPConnection]:
    if scheme == "http":
        return lambda: HTTPConnection(host, port)
    trusted = trusting(roots)
    return lambda: HTTPSConnection(host, port, context=trusted)


def trusting(roots: Sequence[Path]) -> ssl.SSLContext:
    """What the machine trusts, and these certificates. Raises InvalidInput "bad-certificates"."""
    trusted = ssl.create_default_context()
    for root in roots:
        try:
            trusted.load_verify_locations(cafile=root)
        except OSError as error:  # ssl.SSLError is one
            raise InvalidInput("bad-certificates", f"{root} cannot be read as certificates: {error}.") from None
    return trusted


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("nacre")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.connect(str(self._path))
        except BaseException:
            self.sock.close()
            raise


def _announced(body: Any) -> dict[str, str]:
    """A file tells its size before it is sent, so that one that is too large is refused at once."""
    if not hasattr(body, "fileno"):
        return {}
    status = os.fstat(body.fileno())
    return {"Content-Length": str(status.st_size - body.tell())} if stat.S_ISREG(status.st_mode) else {}


def _query_value(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _result(response: HTTPResponse) -> Any:
    try:
        data = json.loads(response.read())
    except (ValueError, OSError, HTTPException) as error:
        raise _broken(error) from error
    if response.status >= 400:
        raise _refused(data["error"])
    return data


def _follow(response: HTTPResponse, on_step: Callable[[Step], object], on_output: Callable[[Output], object]) -> Any:
    for event, data in _events(response):
        if event == "progress":
            on_step(Step(**data))
        elif event == "output":
            on_output(Output(data["stream"], base64.b64decode(data["data"])))
        elif event == "result":
            return data
        elif event == "error":
            raise _refused(data)
    raise _broken(EOFError("the stream ended without a result"))


def _events(response: HTTPResponse) -> Iterator[tuple[str, Any]]:
    event = ""
    try:
        for raw in response:
            line = raw.decode().rstrip("\n")
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield event, json.loads(line.removeprefix("data: "))
    except (OSError, HTTPException) as error:
        raise _broken(error) from error


def _ignore(_told: Step | Output) -> None:
    """Nobody wants to know."""


def _refused(error: Mapping[str, str]) -> NacreError:
    return NacreError(error["code"], error["message"], hint=error.get("hint", ""))


def _broken(error: Exception) -> Failed:
    return Failed(
        "connection-lost",
        f"The connection to the daemon broke off: {error or type(error).__name__}.",
        hint="`nacre status` shows whether it runs; what was begun goes on or is rolled back there.",
    )
