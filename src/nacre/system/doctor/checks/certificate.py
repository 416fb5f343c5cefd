"""The certificate that visitors are shown: valid, and trusted by this machine."""

import socket
import ssl
from datetime import UTC, datetime
from urllib.parse import urlsplit

from nacre.core.settings import Settings
from nacre.engines.caddy.service import connectable
from nacre.gateway.site import Site
from nacre.system.doctor.check import Check, Verdict, fail, ok, warn
from nacre.system.doctor.leftovers import daemon_runs

_TIMEOUT_S = 3


class Certificate(Check):
    title = "Certificate"

    def look(self, settings: Settings) -> Verdict:
        if settings.mode == "slim":
            return ok("None in slim mode: the proxy before Nacre has it")
        if not daemon_runs(settings):
            return ok("Not served now")
        site = Site.of(settings)
        try:
            expires = _expiry(site, _trusting(site))
        except OSError as error:  # ssl.SSLError is one
            return fail(
                f"{site.console} does not answer with a valid certificate: {error}.",
                "Browsers will refuse it.",
                f"Read {settings.logs / 'gateway.log'}; `nacre status` tells whether the gateway runs.",
            )
        if site.is_public or _is_trusted_here(site):
            return ok(f"Valid until {expires:%Y-%m-%d %H:%M} UTC, and renewed before that")
        return warn(
            f"Valid, but signed by Nacre itself ({site.root_certificate}), which this machine does not trust yet.",
            "Browsers warn on the first visit.",
            f"Debian and Ubuntu: `cp {site.root_certificate} /usr/local/share/ca-certificates/nacre.crt && "
            "update-ca-certificates`. Firefox and other machines: import that file as an authority. Or set a domain.",
        )


def _trusting(site: Site) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not site.is_public:
        context.load_verify_locations(site.root_certificate)
    return context


def _is_trusted_here(site: Site) -> bool:
    try:
        _expiry(site, ssl.create_default_context())
    except OSError:
        return False
    return True


def _expiry(site: Site, context: ssl.SSLContext) -> datetime:
    """When the console's certificate ends. Raises OSError when it is over or not trusted."""
    with (
        socket.create_connection((connectable(site.host), site.port), timeout=_TIMEOUT_S) as raw,
        context.wrap_socket(raw, server_hostname=urlsplit(site.console).hostname) as secured,
    ):
        shown = secured.getpeercert()
    assert shown is not None, "a verified peer shows its certificate"
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
