"""Whether the ports are free, or ours."""

import errno
import socket

from nacre.core.settings import Settings
from nacre.gateway.site import Site
from nacre.system.doctor.check import Check, Level, Verdict, fail, ok
from nacre.system.doctor.leftovers import daemon_runs


class Ports(Check):
    title = "Ports"

    def look(self, settings: Settings) -> Verdict:
        ports = (settings.port,) if settings.mode == "slim" else Site.of(settings).ports
        verdicts = [_look(settings, port) for port in ports]
        wrong = [verdict for verdict in verdicts if verdict.level is not Level.OK]
        return wrong[0] if wrong else ok("; ".join(verdict.what for verdict in verdicts))


def _look(settings: Settings, port: int) -> Verdict:
    address = f"{settings.host}:{port}"
    refused = _refusal(settings.host, port)
    if refused is None:
        return ok(f"{address} is free")
    if refused == errno.EADDRINUSE and daemon_runs(settings):
        return ok(f"{address} is in use, and Nacre is up")
    if refused == errno.EADDRINUSE:
        return fail(
            f"{address} is used by another program.",
            "`nacre up` could not listen there.",
            "Stop that program (`ss -ltnp` names it), or set NACRE_PORT and NACRE_CONTENT_PORT.",
        )
    if refused in {errno.EACCES, errno.EPERM}:
        return fail(
            f"{address} is reserved: ports below 1024 need the right CAP_NET_BIND_SERVICE.",
            "Only root has it, and passes it on to the gateway alone.",
            "Run Nacre as root, choose ports from 1024 on, or lower net.ipv4.ip_unprivileged_port_start.",
        )
    return fail(
        f"This machine cannot listen on {address} ({errno.errorcode.get(refused, refused)}).",
        "The address is not one of this machine's.",
        "Set NACRE_HOST.",
    )


def _refusal(host: str, port: int) -> int | None:
    """Try to listen; the errno of the refusal, None when it worked."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error.errno or errno.EINVAL
    return None
