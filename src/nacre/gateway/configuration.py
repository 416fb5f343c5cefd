"""The one configuration that Caddy is started with. Publishing, branching and signing in never change it.

Two servers, or with a domain two kinds of names: the console with the API, and people's content. Content is reached by
asking the daemon first: a subrequest to run/authorise.sock answers with the socket to dial, or with a page. Published
apps need no question: the switchboard (switchboard.py) tells which socket is dialled.
"""

import ipaddress
import re
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
    removed,
    route,
    subroute,
    variables,
)
from nacre.engines.caddy.service import addresses, connectable
from nacre.gateway import cookies
from nacre.gateway.accesslog import REQUEST_ID, logging, noted
from nacre.gateway.pages import LANGUAGES, SHOWN, Kind, page
from nacre.gateway.policy import ALWAYS_ASK, IMMUTABLE, SECURITY_HEADERS, content_security_policy
from nacre.gateway.protocols import PREFIXES
from nacre.gateway.site import CONTENT_LABEL, Site, certified_names

# While the daemon is started anew, a request waits for it rather than fail.
_PATIENCE = "10s"
_MB = 1 << 20
_LARGEST_UPLOAD = 17 * _MB  # a Body has at most 16 MiB
_LARGEST_CALL = 4 * _MB
_LARGEST_TO_CONTENT = 1024 * _MB
_KEPT_TO_APPS = "5s"  # a release that is replaced has idle connections for so long

# By it what the gateway, the daemon and an app wrote of one request is found together.
_TRACED = {"X-Request-Id": [REQUEST_ID]}

_PROTOCOLS = tuple(path for prefix in PREFIXES for path in (f"/{prefix}", f"/{prefix}/*"))
_API = ("/api/*", "/mcp", "/healthz", "/readyz", "/metrics", "/handoff")
_CONTENT = ("/ws/*", "/p/*", "/code", "/code/*", "/jupyter", "/jupyter/*", "/apps/*")
_PERMISSION = "/permission"
_SLUG = "[a-z][a-z0-9-]{0,38}"

# What programs behind a proxy believe about who calls, and only we may say.
_FORGED = ("X-Forwarded-*", "Forwarded", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "*_*")
_IDENTITY = (
    "X-Nacre-*", "Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "X-Remote-User", "X-Remote-Email",
    "X-Remote-Groups", "X-Webauth-User", "X-Authenticated-User", "X-Authenticated-Email", "X-Auth-Request-User",
    "X-Auth-Request-Email",
)  # fmt: skip
# What concerns the whole origin is not for one of those who share it to say, such as where browsers report each address
# that is asked for.
_OF_THE_ORIGIN = (
    "Service-Worker-Allowed", "Clear-Site-Data", "Strict-Transport-Security", "Alt-Svc", "NEL", "Report-To",
    "Accept-CH", "Use-As-Dictionary", SHOWN,
)  # fmt: skip

_TEXT = ("text/html*", "text/css*", "text/plain*", "text/javascript*", "application/javascript*", "application/json*",
         "image/svg+xml*", "application/xml*", "text/xml*", "application/wasm*")  # fmt: skip


def configuration(site: Site, uploads: Sequence[str], streams: Sequence[str] = ()) -> Piece:
    """All of it, for Caddy 2.8 or later. `uploads` are the paths (as Caddy matches them) that take a large body,
    `streams` those that take one of any length."""
    return {
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": logging(site.access_log),
        "storage": {"module": "file_system", "root": str(site.state)},
        "apps": {
            "http": {"servers": _servers(site, uploads, streams), "grace_period": "2s", **_challenge_ports(site)},
            "tls": _tls(site),
            "pki": {"certificate_authorities": {"local": {"name": "Nacre", "install_trust": False}}},
        },
    }


def _servers(site: Site, uploads: Sequence[str], streams: Sequence[str]) -> dict[str, Piece]:
    console, content, theirs_errors = _console(site, uploads, streams), _content(site), _content_errors(site)
    own = _own_domains(site)
    is_app = _answered_with("app")
    if not site.domain:
        errors = [subroute(*theirs_errors, match=is_app), *_console_errors()]
        return {
            "console": _server(site, site.port, [own, *console], errors),
            "content": _server(site, site.content_port, [own, _permission(site), *content], theirs_errors),
        }
    ours = {"host": [site.domain]}
    theirs = {"host": [f"*.{site.domain}"]}
    return {
        "all": _server(
            site,
            site.port,
            [subroute(*console, match=ours), subroute(*content, match=theirs), own, route(answer(421))],
            [subroute(*_console_errors(), match=ours), subroute(*theirs_errors, match=[theirs, is_app])],
        ),
        "plain": {
            "listen": addresses(site.host, [site.content_port]),
            "automatic_https": {"disable": True},
            "protocols": ["h1"],
            "routes": [
                _permission(site),
                route(answer(308, location=f"https://{{http.request.host}}{_colon(site.port)}{{http.request.uri}}")),
            ],
        },
    }  # fmt: skip


def _server(site: Site, port: int, routes: list[Piece], errors: list[Piece]) -> Piece:
    return {
        "listen": addresses(site.host, [port]),
        "protocols": ["h1", "h2", "h3"],
        "automatic_https": {"disable": True},
        "tls_connection_policies": [{"default_sni": site.domain or "localhost"}],
        "strict_sni_host": bool(site.domain),
        "read_header_timeout": "10s",
        "idle_timeout": "5m",
        "max_header_bytes": 64 << 10,
        "logs": {},
        "routes": routes,
        "errors": {"routes": errors},
    }


def _own_domains(site: Site) -> Piece:
    """Apps by a domain of their own: the folder of that name holds one file, which is called like the app (domains.py).

    It is looked for on every port: nothing else is ever shown to who comes by such a name, so it is an origin of its
    own. Names by which Nacre itself is reached cannot be one, and cost no look: that is asked before, for Caddy asks
    the matchers of one set in any order.
    """
    another = {"not": [{"host": certified_names(site)}]}
    known = {"file": {"root": str(site.domains), "try_files": ["/{http.request.host}/*"]}}
    named = {"vars_regexp": {"{http.matchers.file.relative}": {"name": "app", "pattern": f"/({_SLUG})$"}}}
    app = route(variables(app="{http.regexp.app.1}"), *_to_app(site), match=named, terminal=True)
    found = subroute(app, match=known)
    return route({"handler": "subroute", "routes": [found]}, match=another)


def _permission(site: Site) -> Piece:
    """Caddy asks here before it gets a certificate for a name; see certificates.py."""
    asks = {"path": [_PERMISSION], "remote_ip": {"ranges": ["127.0.0.0/8", "::1/128", *_single_addresses(site.host)]}}
    return route(proxy(_unix(site, "authorise.sock")), match=asks, terminal=True)


def _permission_endpoint(site: Site) -> str:
    """Where Caddy finds itself; without a domain by TLS, with a certificate that is there from the start."""
    scheme = "http" if site.domain else "https"
    host = connectable(site.host)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{site.content_port}{_PERMISSION}"


def _single_addresses(host: str) -> list[str]:
    try:
        return [str(ipaddress.ip_network(host))]
    except ValueError:  # a name
        return []


def _console(site: Site, uploads: Sequence[str], streams: Sequence[str]) -> list[Piece]:
    """The API goes to the daemon, which makes out the caller itself; the rest are the console's files."""
    secured = headers(
        request={"delete": deleted(*_FORGED, "X-Nacre-Person", "X-Nacre-Role"), "set": _TRACED},
        response={"deferred": True, "set": {**_single(SECURITY_HEADERS), **_transport_security(site)}},
    )
    daemon = proxy(_unix(site, "gateway.sock"), patience=_PATIENCE)
    compressed = compress(*_TEXT)
    return [
        route(secured),
        *([route(compressed, largest_body(_LARGEST_UPLOAD), daemon, match={"path": [*uploads]}, terminal=True)] if uploads else []),  # noqa: E501
        # What they send is a stream; the daemon bounds it, and answers a request that it refuses before its end.
        route(daemon, match={"path": [*_PROTOCOLS, *streams]}, terminal=True),
        route(compressed, largest_body(_LARGEST_CALL), daemon, match={"path": [*_API]}, terminal=True),
        route(redirect(f"{_content_origin(site)}{{http.request.uri}}"), match={"path": [*_CONTENT]}, terminal=True),
        route(
            headers(response={"set": _single({"Cache-Control": IMMUTABLE})}),
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
                    "set": _single(
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


def _content(site: Site) -> list[Piece]:
    """Published apps by their name, the hand-over of a sign-in, and everything else after asking."""
    handed_over = proxy(_unix(site, "authorise.sock"), patience=_PATIENCE)
    return [
        route(*_received(), handed_over, match={"path": ["/.nacre/*"]}, terminal=True),
        *_apps(site),
        route(*_received(), _authorised(site), {"handler": "rewrite", "strip_path_prefix": "{http.vars.strip}"}),
        route({"handler": "rewrite", "uri": "{http.vars.add}{http.request.uri}"}, match=_answered_with("add")),
        route(
            compress(*_TEXT),
            *_to_content("{http.vars.up}", patience="2s", prefix="{http.vars.strip}", person="{http.vars.person}"),
        ),
    ]


def _received() -> list[Piece]:
    """What is done to every request to content before anything else."""
    return [
        headers(request={"delete": deleted(*_FORGED, *_IDENTITY), "set": _TRACED}),
        largest_body(_LARGEST_TO_CONTENT),
    ]


def _apps(site: Site) -> list[Piece]:
    if site.domain:
        return [_moved_app(site), _named_app(site)]
    # Programs think that they are at the root; those that ask learn by X-Forwarded-Prefix where they are.
    below = f"^/apps/({_SLUG})"
    bare = {"path_regexp": {"name": "app", "pattern": f"{below}$"}}
    by_path = {"path_regexp": {"name": "app", "pattern": f"{below}/"}}
    return [
        *([_named_app(site)] if site.app_names else []),
        route(
            variables(app="{http.regexp.app.1}"),
            {"handler": "rewrite", "strip_path_prefix": "/apps/{http.regexp.app.1}"},
            *_to_app(site, prefix="/apps/{http.regexp.app.1}"),
            match=by_path,
            terminal=True,
        ),
        route(redirect("/apps/{http.regexp.app.1}/"), match=bare, terminal=True),
    ]


def _moved_app(site: Site) -> Piece:
    """An app is anybody's: its pages must not share an origin with people's /code and /jupyter."""
    return route(
        {"handler": "rewrite", "strip_path_prefix": "/apps/{http.regexp.app.1}"},
        redirect(f"https://{{http.regexp.app.1}}.{site.domain}{_colon(site.port)}{{http.request.uri}}"),
        match={
            "path_regexp": {"name": "app", "pattern": f"^/apps/({_SLUG})(?:/|$)"},
            "host": [f"{CONTENT_LABEL}.{site.domain}"],
        },
        terminal=True,
    )


def _named_app(site: Site) -> Piece:
    below = re.escape(site.app_names)
    is_name = {"vars_regexp": {"{http.request.host}": {"name": "app", "pattern": f"^({_SLUG})\\.{below}$"}}}
    others = {"host": [f"{CONTENT_LABEL}.{site.app_names}"]}
    branch = {"vars_regexp": {"{http.request.host}": {"name": "branch", "pattern": f"^[^.]+--[^.]+\\.{below}$"}}}
    return route(
        variables(app="{http.regexp.app.1}"),
        *_to_app(site),
        match={**is_name, "not": [others, branch]},
        terminal=True,
    )


def _to_app(site: Site, prefix: str = "") -> list[Piece]:
    """Whatever socket the switchboard has for it. Connections are kept for seconds only: the end of a release waits
    for those of others to close."""
    board = site.run / "switchboard"
    *received, found = [
        *_received(),
        *_to_content(f"unix/{board}/{{file.{board}/now}}/{{http.vars.app}}", prefix=prefix),
    ]
    found["transport"]["keep_alive"]["idle_timeout"] = _KEPT_TO_APPS
    return [*received, *noted(app="{http.vars.app}", began="{http.reverse_proxy.upstream.latency_ms}"), found]


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
        _unix(site, "authorise.sock"),
        patience=_PATIENCE,
        rewrite={"method": "GET", "uri": "/authorise"},
        headers={"request": {"delete": ["*"], "set": _single(asked)}},
        handle_response=[{"match": {"status_code": [204]}, "routes": [{"handle": [variables(**told)]}]}],
    )


_ANSWERED = {"up": "Upstream", "strip": "Strip", "add": "Add", "person": "Person"}


def _answered_with(variable: str) -> Piece:
    return {"not": [{"vars": {f"{{http.vars.{variable}}}": [""]}}]}


def _to_content(dial: str, patience: str = "", prefix: str = "", person: str = "") -> list[Piece]:
    """People's own programs: they never see the platform's cookies, and cannot set them.

    What they are sent is made ready before the proxy, which would copy all headers to change one of them.
    """
    told = _single(
        {name: value for name, value in (("X-Forwarded-Prefix", prefix), ("X-Nacre-Person", person)) if value}
    )
    kept = {
        "Cookie": removed(*cookies.IN_REQUEST),
        "Authorization": removed(cookies.AUTHORIZATION),
        # The proxy drops what is named here, which must not be what we have set.
        "Connection": removed(r"(?i)x-[a-z0-9-]+"),
    }
    response = {"replace": {"Set-Cookie": removed(cookies.IN_RESPONSE)}, "delete": deleted(*_OF_THE_ORIGIN)}
    return [
        headers(request={**({"set": told} if told else {}), "replace": kept}),
        proxy(dial, patience=patience, headers={"response": response}),
    ]


def _console_errors() -> list[Piece]:
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
        route(answer(413, large, **json), match=_status("413"), terminal=True),
        route(answer(503, gone, retry_after="2", **json), match=_status("502", "503", "504"), terminal=True),
        route(answer(400), match={"path": [*_API]}, terminal=True),
        *_pages("unknown", 404, match={}),
    ]


def _content_errors(site: Site) -> list[Piece]:
    """Without an upstream nobody was there to ask; without a folder there is no such app."""
    nobody = _status("502", "503", "504")
    is_app = {"not": [{"vars": {"{http.vars.app}": [""]}}]}
    stopped = _exists(f"{site.run}/apps/{{http.vars.app}}/stopped")
    no_folder = {"not": [{"vars": {"{http.vars.app}": [""]}}, _exists(f"{site.run}/apps/{{http.vars.app}}/")]}
    unasked = {"vars": {"{http.vars.up}": [""], "{http.vars.app}": [""]}}
    return [
        *_pages("no-app", 404, match={**nobody, **no_folder}),
        *_pages("stopped", 503, match={**nobody, **is_app, **stopped}),
        *_pages("silent", 502, match={**nobody, **is_app}),
        *_pages("restarting", 503, match={**nobody, **unasked}),
        *_pages("silent", 502, match=nobody),
        *_pages("too-large", 413, match=_status("413")),
        *_pages("failed", 500, match={}),
    ]


def _exists(path: str) -> Piece:
    """Whether there is this file, or with a slash at its end this folder, which Caddy must be able to read."""
    return {"file": {"root": "/", "try_files": [path]}}


def _pages(kind: Kind, status: int, match: Piece) -> list[Piece]:
    """The page in each language; the first that the browser asks for, else English."""
    prefers = {"header_regexp": {"Accept-Language": {"name": "language", "pattern": "(?i)^\\s*zh"}}}
    shown = {"content_type": "text/html; charset=utf-8", "cache_control": "no-store", SHOWN: kind}
    zh, en = (answer(status, page(kind, language), **shown) for language in reversed(LANGUAGES))
    return [route(zh, match={**match, **prefers}, terminal=True), route(en, match=match or (), terminal=True)]


def _status(*codes: str) -> Piece:
    return {"vars": {"{http.error.status_code}": [*codes]}}


def _tls(site: Site) -> Piece:
    # Without a provider for DNS challenges there are no wildcard certificates of a public authority: each name below
    # the domain gets its own when it is first asked for, if the daemon knows it. So do domains of apps everywhere.
    issuer = {"module": "acme" if site.is_public else "internal"}
    at_start = [site.domain] if site.is_public else certified_names(site)
    return {
        "certificates": {"automate": at_start},
        "automation": {
            "policies": [{"subjects": at_start, "issuers": [issuer]}, {"issuers": [issuer], "on_demand": True}],
            "on_demand": {"permission": {"module": "http", "endpoint": _permission_endpoint(site)}},
        },
    }


def _challenge_ports(site: Site) -> Piece:
    return {"http_port": site.content_port, "https_port": site.port} if site.domain else {}


def _transport_security(site: Site) -> Piece:
    return _single({"Strict-Transport-Security": "max-age=31536000"}) if site.is_public else {}


def _content_origin(site: Site) -> str:
    return site.content if site.domain else f"https://{{http.request.host}}{_colon(site.content_port)}"


def _content_frames(site: Site) -> str:
    return f"https://*.{site.domain}{_colon(site.port)}" if site.domain else _content_origin(site)


def _unix(site: Site, name: str) -> str:
    return f"unix/{site.run / name}"


def _colon(port: int) -> str:
    return "" if port == 443 else f":{port}"


def _single(values: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items()}
