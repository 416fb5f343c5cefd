"""The one configuration that Caddy is started with. Publishing, branching and signing in never change it.

Two servers, or with a domain two kinds of names: the console with the API, and people's content. Content is reached by
asking the daemon first: a subrequest to run/authorise.sock answers with the socket to dial, or with a page. Published
apps need no question: the switchboard (switchboard.py) tells which socket is dialled.
"""

from collections.abc import Sequence

from nacre.engines.caddy.parts import Piece, answer, route, subroute
from nacre.engines.caddy.service import addresses
from nacre.gateway.accesslog import logging
from nacre.gateway.configuration.apps import own_domains
from nacre.gateway.configuration.certificates import permission, tls
from nacre.gateway.configuration.console import console_errors, console_routes
from nacre.gateway.configuration.content import answered_with, content_routes
from nacre.gateway.configuration.failing import content_errors
from nacre.gateway.configuration.parts import colon
from nacre.gateway.site import Site


def configuration(site: Site, uploads: Sequence[str], streams: Sequence[str] = ()) -> Piece:
    """All of it, for Caddy 2.8 or later. `uploads` are the paths (as Caddy matches them) that take a large body,
    `streams` those that take one of any length."""
    return {
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": logging(site.access_log),
        "storage": {"module": "file_system", "root": str(site.state)},
        "apps": {
            "http": {"servers": _servers(site, uploads, streams), "grace_period": "2s", **_challenge_ports(site)},
            "tls": tls(site),
            "pki": {"certificate_authorities": {"local": {"name": "Nacre", "install_trust": False}}},
        },
    }


def _servers(site: Site, uploads: Sequence[str], streams: Sequence[str]) -> dict[str, Piece]:
    console, content, theirs_errors = console_routes(site, uploads, streams), content_routes(site), content_errors(site)
    own = own_domains(site)
    is_app = answered_with("app")
    if not site.domain:
        errors = [subroute(*theirs_errors, match=is_app), *console_errors()]
        return {
            "console": _server(site, site.port, [own, *console], errors),
            "content": _server(site, site.content_port, [own, permission(site), *content], theirs_errors),
        }
    ours = {"host": [site.domain]}
    theirs = {"host": [f"*.{site.domain}"]}
    return {
        "all": _server(
            site,
            site.port,
            [subroute(*console, match=ours), subroute(*content, match=theirs), own, route(answer(421))],
            [subroute(*console_errors(), match=ours), subroute(*theirs_errors, match=[theirs, is_app])],
        ),
        "plain": {
            "listen": addresses(site.host, [site.content_port]),
            "automatic_https": {"disable": True},
            "protocols": ["h1"],
            "routes": [
                permission(site),
                route(answer(308, location=f"https://{{http.request.host}}{colon(site.port)}{{http.request.uri}}")),
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


def _challenge_ports(site: Site) -> Piece:
    return {"http_port": site.content_port, "https_port": site.port} if site.domain else {}
