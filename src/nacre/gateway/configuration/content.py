"""People's content, but for published apps: the hand-over of a sign-in, and everything else after asking."""

from nacre.engines.caddy.parts import Piece, compress, proxy, route, variables
from nacre.gateway.configuration.apps import app_routes
from nacre.gateway.configuration.parts import PATIENCE, TEXT, single, unix
from nacre.gateway.configuration.programs import on_arrival, to_programs
from nacre.gateway.site import Site

_ANSWERED = {"up": "Upstream", "strip": "Strip", "add": "Add", "person": "Person"}


def content_routes(site: Site) -> list[Piece]:
    """Published apps by their name, the hand-over of a sign-in, and everything else after asking."""
    handed_over = proxy(unix(site, "authorise.sock"), patience=PATIENCE)
    return [
        route(*on_arrival(), handed_over, match={"path": ["/.nacre/*"]}, terminal=True),
        *app_routes(site),
        route(*on_arrival(), _authorised(site), {"handler": "rewrite", "strip_path_prefix": "{http.vars.strip}"}),
        route({"handler": "rewrite", "uri": "{http.vars.add}{http.request.uri}"}, match=answered_with("add")),
        route(
            compress(*TEXT),
            *to_programs("{http.vars.up}", patience="2s", prefix="{http.vars.strip}", person="{http.vars.person}"),
        ),
    ]


def _authorised(site: Site) -> Piece:
    """Ask the daemon. With 204 it names the socket to dial, and the request goes on; anything else is the answer.

    The question carries only what the daemon needs to decide. It must have an empty body: Caddy holds its connection
    for as long as the request lasts otherwise, and a WebSocket would not survive the daemon.
    """
    asked = {
        "Host": "{http.request.host}",
        "X-Host": "{http.request.hostport}",
        "X-Method": "{http.request.method}",
        "X-Uri": "{http.request.uri}",
        "Cookie": "{http.request.header.Cookie}",
        "Origin": "{http.request.header.Origin}",
        "Accept": "{http.request.header.Accept}",
        "Accept-Language": "{http.request.header.Accept-Language}",
        "Sec-Fetch-Site": "{http.request.header.Sec-Fetch-Site}",
        "Sec-Fetch-Mode": "{http.request.header.Sec-Fetch-Mode}",
        "X-Upgrade": "{http.request.header.Upgrade}",
        "X-Forwarded-For": "{http.request.remote.host}",
    }
    told = {name: f"{{http.reverse_proxy.header.X-Nacre-{header}}}" for name, header in _ANSWERED.items()}
    return proxy(
        unix(site, "authorise.sock"),
        patience=PATIENCE,
        rewrite={"method": "GET", "uri": "/authorise"},
        headers={"request": {"delete": ["*"], "set": single(asked)}},
        handle_response=[{"match": {"status_code": [204]}, "routes": [{"handle": [variables(**told)]}]}],
    )


def answered_with(variable: str) -> Piece:
    return {"not": [{"vars": {f"{{http.vars.{variable}}}": [""]}}]}
