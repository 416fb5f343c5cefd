"""Starts the proxy of an allow-list: outside the sandbox, reached through the warden, and ended with it."""

import json
import os
import socket
import subprocess

import psutil

from nacre.engines.processes.identity import Identity
from nacre.engines.processes.logs import open_log
from nacre.engines.sandbox import view
from nacre.engines.sandbox.compiled import write_package
from nacre.engines.sandbox.launch import PROXY_PORT, mark_of, package_argv
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.spec import Spec

_HERE = f"http://127.0.0.1:{PROXY_PORT}"

ENV = {
    **{name: _HERE for lower in ("http_proxy", "https_proxy") for name in (lower, lower.upper())},
    **dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1,::1"),
    "NODE_USE_ENV_PROXY": "1",
}
"""What tells programs inside to go through it."""


def start_proxy(spec: Spec, warden: Identity) -> "subprocess.Popen[bytes]":
    """Start it on its socket, as the sandbox's account; it serves as soon as it has read its configuration."""
    layout, account = Layout(spec.folder), spec.account
    layout.proxy.unlink(missing_ok=True)
    gone, config = os.pidfd_open(warden.pid), os.memfd_create("proxy")
    said = open_log(layout.network_log, keep=1)
    write_package("egress", layout.packages)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(layout.proxy))
            layout.proxy.chmod(0o666)
            listener.listen(128)
            document = {
                "listener": listener.fileno(), "watched": gone, "hosts": spec.egress.hosts, "own": _own_addresses(),
                "uid": account.uid if account else os.geteuid(), "gid": account.gid if account else os.getegid(),
            }  # fmt: skip
            os.write(config, json.dumps(document).encode())
            os.lseek(config, 0, os.SEEK_SET)
            return subprocess.Popen(
                package_argv(str(layout.packages), "egress.proxy", config, [view.interpreter()]),
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, cwd="/",
                env=dict([mark_of(spec)]), pass_fds=(listener.fileno(), gone, config),
            )  # fmt: skip
    finally:
        for fd in (gone, config, said):
            os.close(fd)


def _own_addresses() -> list[str]:
    """This machine's addresses of both families, without the interface that may follow one."""
    families = (socket.AF_INET, socket.AF_INET6)
    found = [one.address for many in psutil.net_if_addrs().values() for one in many if one.family in families]
    return [address.partition("%")[0] for address in found]
