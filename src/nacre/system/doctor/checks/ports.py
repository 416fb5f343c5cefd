"""Whether the ports are free, or ours."""

import errno
import socket

from nacre.core.settings import Settings
from nacre.system.doctor.check import Check, Verdict, fail, ok
from nacre.system.doctor.leftovers import daemon_runs


class Ports(Check):
    title = "Port"

    def look(self, settings: Settings) -> Verdict:
        address = f"{settings.host}:{settings.port}"
        refused = _refusal(settings.host, settings.port)
        if refused is None:
            return ok(f"{address} is free")
        if refused == errno.EADDRINUSE and daemon_runs(settings):
            return ok(f"{address} is in use, and Nacre is up")
        if refused == errno.EADDRINUSE:
            return fail(
                f"{address} is used by another program.",
                "`nacre up` could not listen there.",
                "Stop that program (`ss -ltnp` names it), or set NACRE_PORT.",
            )
        return fail(
            f"This machine cannot listen on {address} ({errno.errorcode.get(refused, refused)}).",
            "The address is not one of this machine's, or the port is reserved to root.",
            "Set NACRE_HOST and NACRE_PORT.",
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
