"""The console and the API."""

from collections.abc import Sequence

from nacre.engines.caddy.parts import (
    Piece,
    answer,
    compress,
    deleted,
    files,
    headers,
    largest_body,
    proxy,
    redirect,
    route,
)
from nacre.gateway.configuration.failing import pages
from nacre.gateway.configuration.parts import FORGED, PATIENCE, TEXT, TRACED, colon, single, status, unix
from nacre.gateway.policy import ALWAYS_ASK, IMMUTABLE, SECURITY_HEADERS, content_security_policy
from nacre.gateway.protocols import PREFIXES
from nacre.gateway.site import Site

_MB = 1 << 20
_LARGEST_UPLOAD = 17 * _MB  # a Body has at most 16 MiB
_LARGEST_CALL = 4 * _MB
_PROTOCOLS = tuple(path for prefix in PREFIXES for path in (f"/{prefix}", f"/{prefix}/*"))
_API = ("/api/*", "/mcp", "/healthz", "/readyz", "/metrics", "/handoff")
_CONTENT = ("/ws/*", "/p/*", "/code", "/code/*", "/jupyter", "/jupyter/*", "/apps/*")


def console_routes(site: Site, uploads: Sequence[str], streams: Sequence[str]) -> list[Piece]:
    """The API goes to the daemon, which makes out the caller itself; the rest are the console's files."""
    secured = headers(
        request={"delete": deleted(*FORGED, "X-Nacre-Person", "X-Nacre-Role"), "set": TRACED},
        response={"deferred": True, "set": {**single(SECURITY_HEADERS), **_transport_security(site)}},
    )
    daemon = proxy(unix(site, "gateway.sock"), patience=PATIENCE)
    compressed = compress(*TEXT)
    return [
        route(secured),
        *([route(compressed, largest_body(_LARGEST_UPLOAD), daemon, match={"path": [*uploads]}, terminal=True)] if uploads else []),  # noqa: E501
        # What they send is a stream; the daemon bounds it, and answers a request that it refuses before its end.
        route(daemon, match={"path": [*_PROTOCOLS, *streams]}, terminal=True),
        route(compressed, largest_body(_LARGEST_CALL), daemon, match={"path": [*_API]}, terminal=True),
        route(redirect(f"{_content_origin(site)}{{http.request.uri}}"), match={"path": [*_CONTENT]}, terminal=True),
        route(
            headers(response={"set": single({"Cache-Control": IMMUTABLE})}),
            files(str(site.state / "console")),
            match={"path": ["/assets/*"], "file": {"root": str(site.state / "console")}},
            terminal=True,
        ),
        route(answer(404), match={"path": ["/assets/*"]}, terminal=True),
        route(
            {"handler": "rewrite", "uri": "/index.html"},
            match={"not": [{"file": {"root": str(site.state / "console")}}]},
        ),
        route(
            headers(
                response={
                    "set": single(
                        {
                            "Cache-Control": ALWAYS_ASK,
                            "Content-Security-Policy": content_security_policy(_content_frames(site)),
                        }
                    )
                }
            ),
            files(str(site.state / "console")),
        ),
    ]  # fmt: skip


def console_errors() -> list[Piece]:
    """The API's errors are documents also when nobody is there to write them."""
    gone = (
        '{"error": {"code": "daemon-not-running", "message": "The daemon does not answer.", '
        '"hint": "It may be starting; try again in some seconds."}}'
    )
    large = (
        '{"error": {"code": "body-too-large", "message": "The request\'s body is larger than the API takes.", '
        '"hint": ""}}'
    )
    json = {"content_type": "application/json", "cache_control": "no-store"}
    return [
        route(answer(413, large, **json), match=status("413"), terminal=True),
        route(answer(503, gone, retry_after="2", **json), match=status("502", "503", "504"), terminal=True),
        route(answer(400), match={"path": [*_API]}, terminal=True),
        *pages("unknown", 404, match={}),
    ]


def _transport_security(site: Site) -> Piece:
    return single({"Strict-Transport-Security": "max-age=31536000"}) if site.is_public else {}


def _content_origin(site: Site) -> str:
    return site.content if site.domain else f"https://{{http.request.host}}{colon(site.content_port)}"


def _content_frames(site: Site) -> str:
    return f"https://*.{site.domain}{colon(site.port)}" if site.domain else _content_origin(site)
