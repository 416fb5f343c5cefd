"""Where certificates come from, and whom Caddy asks before it gets one."""

import ipaddress

from nacre.engines.caddy.parts import Piece, proxy, route
from nacre.engines.caddy.service import connectable
from nacre.gateway.configuration.parts import unix
from nacre.gateway.site import Site, certified_names

_PERMISSION = "/permission"


def tls(site: Site) -> Piece:
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


def permission(site: Site) -> Piece:
    """Caddy asks here before it gets a certificate for a name; see gateway/certificates.py."""
    asks = {"path": [_PERMISSION], "remote_ip": {"ranges": ["127.0.0.0/8", "::1/128", *_single_addresses(site.host)]}}
    return route(proxy(unix(site, "authorise.sock")), match=asks, terminal=True)


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
