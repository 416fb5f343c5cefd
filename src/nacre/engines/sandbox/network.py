"""Gives a sandbox's own network a way out, and closes every way that leads to this machine or its neighbours."""

import fcntl
import os
import shutil
import subprocess
from dataclasses import dataclass

import psutil

from nacre.core.errors import Failed
from nacre.engines.processes.command import checked, run
from nacre.engines.processes.logs import open_log
from nacre.engines.sandbox.box import Handed
from nacre.engines.sandbox.destinations import FORBIDDEN

RESOLVER = "10.0.2.3"
"""Where names are resolved inside: slirp4netns passes on to the machine's own resolver."""

_NS_GET_USERNS = 0xB701  # ioctl_nsfs(2)
_READY_S = 5.0
_LINK = "10.0.2.0/24"


def missing_tool() -> str:
    """The program that a way out would need and that is not installed; empty when all are."""
    return next((name for name in ("slirp4netns", "nsenter", "ip") if shutil.which(name) is None), "")


def connect(pid: int, exit_fd: int, handed: Handed) -> "subprocess.Popen[bytes]":
    """Connect the network of the process `pid`; answers slirp4netns, which ends with the other end of `exit_fd`.

    Raises Failed "network-not-made".
    """
    namespaces = _namespaces_of(pid)
    try:
        slirp = _start_slirp(namespaces, exit_fd, handed)
        enter = enter_argv(namespaces, os.getpid(), os.geteuid() == 0)
        script = "".join(f"{line}\n" for line in way_commands(own_addresses())).encode()
        checked(
            run([*enter, "ip", "-batch", "-"], timeout_s=_READY_S, stdin=script), "Closing the ways to this machine"
        )
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


def slirp_argv(namespaces: Namespaces, exit_fd: int, ready_fd: int, as_root: bool) -> list[str]:
    """slirp4netns on that network: no way to this machine's loopback, and confined itself."""
    users = [] if as_root else [f"--userns-path=/proc/self/fd/{namespaces.user}"]
    return [
        "slirp4netns", "--configure", "--mtu=65520", "--disable-host-loopback", "--enable-sandbox", "--enable-seccomp",
        f"--exit-fd={exit_fd}", f"--ready-fd={ready_fd}", *users, "--netns-type=path",
        f"/proc/self/fd/{namespaces.net}", "tap0",
    ]  # fmt: skip


def enter_argv(namespaces: Namespaces, holder: int, as_root: bool) -> list[str]:
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
    """This machine's IPv4 addresses; a sandbox's network has no IPv6."""
    found = [one.address for many in psutil.net_if_addrs().values() for one in many if one.family.name == "AF_INET"]
    return [address for address in found if not address.startswith("127.")]


def _namespaces_of(pid: int) -> Namespaces:
    """Those of a process. Who owns the network is asked of the kernel: bubblewrap may have put the process deeper."""
    net = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    return Namespaces(net, fcntl.ioctl(net, _NS_GET_USERNS))


def _start_slirp(namespaces: Namespaces, exit_fd: int, handed: Handed) -> "subprocess.Popen[bytes]":
    told, tell = os.pipe()
    said = open_log(handed.layout.network_log, keep=1)
    try:
        process = subprocess.Popen(
            slirp_argv(namespaces, exit_fd, tell, os.geteuid() == 0),
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            env={"PATH": os.environ.get("PATH", os.defpath), **dict([handed.mark])},
            pass_fds=(namespaces.net, namespaces.user, exit_fd, tell),
        )  # fmt: skip
        os.close(tell)
        if os.read(told, 1) != b"1":
            process.wait()
            raise Failed("network-not-made", "slirp4netns could not connect the sandbox; its log says why.")
    finally:
        os.close(told)
        os.close(said)
    return process
