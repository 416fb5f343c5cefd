"""Serves the built console where no gateway does: files by their names, any other address as the page itself."""

import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from nacre.gateway.policy import ALWAYS_ASK, IMMUTABLE, SECURITY_HEADERS, content_security_policy
from nacre.gateway.protocols import is_protocol

_NOT_THE_CONSOLES = (
    "/api/",
    "/mcp",
    "/healthz",
    "/readyz",
    "/metrics",
    "/handoff",
    "/ws/",
    "/p/",
    "/code",
    "/jupyter",
    "/apps/",
)
_ENDINGS = {"br": ".br", "gzip": ".gz"}  # the better one first
_PLAIN = ""
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Nacre</title>
<h1>The console is not built</h1>
<p>The API and the command line work. <code>nacre up</code> builds the console when it starts, and says why when it
cannot: it needs Node, or a package index to fetch one from.</p></html>
"""


class Console:
    """ASGI: answers what is the console's, and hands everything else on to `api`."""

    def __init__(self, api: ASGIApp, folder: Path) -> None:
        self._api = api
        self._files = {file.path: file for file in _read(folder)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or _is_elsewhere(scope["path"]):
            await self._api(scope, receive, send)
        else:
            await self._answer(scope["path"], Headers(scope=scope))(scope, receive, send)

    def _answer(self, path: str, headers: Headers) -> Response:
        file = self._files.get(path)
        if file is None and path.startswith("/assets/"):
            return Response("There is no such file.\n", 404, SECURITY_HEADERS, "text/plain")
        file = file or self._files.get("/index.html")
        if file is None:
            return Response(_NOT_BUILT, 503, {**SECURITY_HEADERS, "Cache-Control": "no-store"}, "text/html")
        return file.answer(headers)


@dataclass(frozen=True)
class _File:
    """`content` by encoding, "" for none."""

    path: str
    media_type: str
    digest: str
    content: Mapping[str, bytes]

    def answer(self, headers: Headers) -> Response:
        encoding = self._best(headers.get("accept-encoding", ""))
        facts = {
            **SECURITY_HEADERS,
            "ETag": f'"{self.digest}{encoding}"',
            "Vary": "Accept-Encoding",
            "Cache-Control": IMMUTABLE if self.path.startswith("/assets/") else ALWAYS_ASK,
        }
        if self.media_type == "text/html":
            facts["Content-Security-Policy"] = content_security_policy("")
        if facts["ETag"] in (one.strip() for one in headers.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=facts)
        if encoding:
            facts["Content-Encoding"] = encoding
        return Response(self.content[encoding], headers=facts, media_type=self.media_type)

    def _best(self, accepted: str) -> str:
        offered = {one.partition(";")[0].strip() for one in accepted.split(",") if not one.rstrip().endswith(";q=0")}
        return next((encoding for encoding in _ENDINGS if encoding in offered and encoding in self.content), _PLAIN)


def _is_elsewhere(path: str) -> bool:
    return is_protocol(path) or path.startswith(_NOT_THE_CONSOLES)


def _read(folder: Path) -> Iterator[_File]:
    """All of it into memory, once: it is small, and built before the daemon serves."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in _ENDINGS.values() or path.name.startswith("."):
            continue
        plain = path.read_bytes()
        beside = {encoding: path.with_name(path.name + ending) for encoding, ending in _ENDINGS.items()}
        packed = {encoding: file.read_bytes() for encoding, file in beside.items() if file.is_file()}
        yield _File(
            path=f"/{path.relative_to(folder)}",
            media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            digest=hashlib.sha256(plain).hexdigest()[:20],
            content={_PLAIN: plain, **packed},
        )
