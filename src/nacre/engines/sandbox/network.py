"""Gives a sandbox's own network a way out, and closes every way that leads to this machine or its neighbours."""

import fcntl
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass

import psutil

from nacre.core.errors import Failed
from nacre.engines.processes.command import checked, run
from nacre.engines.processes.identity import Identity
from nacre.engines.processes.logs import last_lines, open_log
from nacre.engines.sandbox.egress.destinations import FORBIDDEN
from nacre.engines.sandbox.launch import mark_of
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.spec import Spec

RESOLVER = "10.0.2.3"
"""Where names are resolved inside: slirp4netns passes on to the machine's own resolver."""

_TUN = "/dev/net/tun"
_NS_GET_USERNS = 0xB701  # ioctl_nsfs(2)
_READY_S = 5.0
_LINK = "10.0.2.0/24"

LINK_COMMANDS = [
    "addr add 10.0.2.100/24 dev tap0",
    "link set tap0 mtu 65520 up",
    "route add default via 10.0.2.2 dev tap0 onlink",  # the gateway itself is out of reach, see way_commands
]
"""For `ip -batch`: what slirp4netns would do by itself, but without a look at whether the gateway is in reach."""


def obstacle() -> str:
    """Why no sandbox can be connected on this machine, in words; empty when it can."""
    missing = next((name for name in ("slirp4netns", "nsenter", "ip") if shutil.which(name) is None), None)
    if missing is not None:
        return f"{missing} is not installed"
    return "" if os.access(_TUN, os.R_OK | os.W_OK) else f"this user may not open {_TUN}"


def connect(spec: Spec, warden: Identity) -> "subprocess.Popen[bytes]":
    """Connect a sandbox's network, its ways to this machine closed before. Raises Failed "network-not-made"."""
    return _connect(spec, warden, [*way_commands(own_addresses()), *LINK_COMMANDS])


def reconnect(spec: Spec, warden: Identity) -> "subprocess.Popen[bytes]":
    """The same when slirp4netns has ended: the ways have stayed closed."""
    return _connect(spec, warden, LINK_COMMANDS)


def _connect(spec: Spec, warden: Identity, commands: list[str]) -> "subprocess.Popen[bytes]":
    namespaces = _namespaces_of(warden.pid)
    try:
        slirp = _start_slirp(namespaces, spec, warden)
        enter = enter_argv(namespaces, os.getpid(), as_root=os.geteuid() == 0)
        script = "".join(f"{line}\n" for line in commands).encode()
        try:
            checked(run([*enter, "ip", "-batch", "-"], timeout_s=_READY_S, stdin=script), "Connecting the sandbox")
        except Failed:
            slirp.kill()
            slirp.wait()
            raise
    finally:
        namespaces.close()
    return slirp


@dataclass(frozen=True)
class Namespaces:
    """Open descriptors of a network and of the user namespace that owns it."""

    net: int
    user: int

    def close(self) -> None:
        os.close(self.net)
        os.close(self.user)


def slirp_argv(namespaces: Namespaces, exit_fd: int, ready_fd: int, *, as_root: bool) -> list[str]:
    """slirp4netns on that network: no way to this machine's loopback, and confined itself.

    Its own sandbox needs a root in the user namespace; where there is none it runs as an ordinary user, filtered.
    """
    confined = ["--enable-sandbox"] if as_root else [f"--userns-path=/proc/self/fd/{namespaces.user}"]
    return [
        "slirp4netns", "--mtu=65520", "--disable-host-loopback", "--enable-seccomp", *confined,
        f"--exit-fd={exit_fd}", f"--ready-fd={ready_fd}", "--netns-type=path", f"/proc/self/fd/{namespaces.net}",
        "tap0",
    ]  # fmt: skip


def enter_argv(namespaces: Namespaces, holder: int, *, as_root: bool) -> list[str]:
    """What comes before a command to run it on that network; the process `holder` has the descriptors open."""
    users = [] if as_root else [f"--user=/proc/{holder}/fd/{namespaces.user}", "--preserve-credentials"]
    return ["nsenter", *users, f"--net=/proc/{holder}/fd/{namespaces.net}", "--"]


def way_commands(own: list[str]) -> list[str]:
    """For `ip -batch`: what shall not be reached, whoever asks. `own` are this machine's addresses.

    The resolver's address stands for the machine's resolver at every port, which may be on its loopback: only the
    port of the domain name system stays open (libslirp, sotranslate_out).
    """
    networks = dict.fromkeys([*FORBIDDEN, *(f"{address}/32" for address in own)])
    return [
        f"rule add pref 100 to {RESOLVER} ipproto udp dport 53 lookup main",
        f"rule add pref 101 to {RESOLVER} ipproto tcp dport 53 lookup main",
        f"rule add pref 102 to {_LINK} unreachable",
        *(f"route add unreachable {network}" for network in networks),
    ]


def own_addresses() -> list[str]:
    """This machine's IPv4 addresses but loopback; a sandbox's network has no IPv6."""
    found = [one.address for many in psutil.net_if_addrs().values() for one in many if one.family == socket.AF_INET]
    return [address for address in found if not address.startswith("127.")]


def _namespaces_of(pid: int) -> Namespaces:
    """Those of a process. Who owns the network is asked of the kernel: bubblewrap may have put the process deeper."""
    net = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    return Namespaces(net, fcntl.ioctl(net, _NS_GET_USERNS))


def _start_slirp(namespaces: Namespaces, spec: Spec, warden: Identity) -> "subprocess.Popen[bytes]":
    layout = Layout(spec.folder)
    told, tell = os.pipe()
    said = open_log(layout.network_log, keep=1)
    gone = os.pidfd_open(warden.pid)  # readable once the warden has ended, which ends slirp4netns
    try:
        process = subprocess.Popen(
            slirp_argv(namespaces, gone, tell, as_root=os.geteuid() == 0),
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            env={"PATH": os.environ.get("PATH", os.defpath), **dict([mark_of(spec)])},
            pass_fds=(namespaces.net, namespaces.user, gone, tell),
        )  # fmt: skip
        os.close(tell)
        if os.read(told, 1) != b"1":
            process.wait()
            words = " ".join(last_lines(layout.network_log, 3))
            raise Failed("network-not-made", f"slirp4netns could not connect the sandbox: {words}")
    finally:
        for fd in (told, said, gone):
            os.close(fd)
    return process
