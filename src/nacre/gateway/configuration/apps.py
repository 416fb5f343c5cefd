"""Published apps: by path, by name, and by domains of their own."""

import re

from nacre.engines.caddy.parts import Piece, redirect, route, subroute, variables
from nacre.gateway.accesslog import noted
from nacre.gateway.configuration.parts import colon
from nacre.gateway.configuration.programs import on_arrival, to_programs
from nacre.gateway.site import CONTENT_LABEL, Site, certified_names
from nacre.gateway.switchboard import DIALLED

_KEPT_TO_APPS = "5s"  # a release that is replaced has idle connections for so long
_SLUG = "[a-z][a-z0-9-]{0,38}"


def own_domains(site: Site) -> Piece:
    """Apps by a domain of their own: the folder of that name holds one file, which is called like the app (domains.py).

    It is looked for on every port: nothing else is ever shown to who comes by such a name, so it is an origin of its
    own. Names by which Nacre itself is reached cannot be one, and cost no look: that is asked before, for Caddy asks
    the matchers of one set in any order.
    """
    another = {"not": [{"host": certified_names(site)}]}
    known = {"file": {"root": str(site.domains), "try_files": ["/{http.request.host}/*"]}}
    named = {"vars_regexp": {"{http.matchers.file.relative}": {"name": "app", "pattern": f"/({_SLUG})$"}}}
    app = route(variables(app="{http.regexp.app.1}"), *_to_app(), match=named, terminal=True)
    found = subroute(app, match=known)
    return route({"handler": "subroute", "routes": [found]}, match=another)


def app_routes(site: Site) -> list[Piece]:
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
            *_to_app(prefix="/apps/{http.regexp.app.1}"),
            match=by_path,
            terminal=True,
        ),
        route(redirect("/apps/{http.regexp.app.1}/"), match=bare, terminal=True),
    ]


def _moved_app(site: Site) -> Piece:
    """An app is anybody's: its pages must not share an origin with people's /code and /jupyter."""
    return route(
        {"handler": "rewrite", "strip_path_prefix": "/apps/{http.regexp.app.1}"},
        redirect(f"https://{{http.regexp.app.1}}.{site.domain}{colon(site.port)}{{http.request.uri}}"),
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
        *_to_app(),
        match={**is_name, "not": [others, branch]},
        terminal=True,
    )


def _to_app(prefix: str = "") -> list[Piece]:
    """Whatever socket the switchboard has for it. Connections are kept for seconds only: the end of a release waits
    for those of others to close."""
    *received, found = [*on_arrival(), *to_programs(f"unix/{DIALLED}/{{http.vars.app}}", prefix=prefix)]
    found["transport"]["keep_alive"]["idle_timeout"] = _KEPT_TO_APPS
    return [*received, *noted(app="{http.vars.app}", began="{http.reverse_proxy.upstream.latency_ms}"), found]
