"""Runs inside a sandbox and tries to get out. Its text is handed to an interpreter there, so it stands alone."""

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_TIOCSTI = 0x5412
_CLONE_NEWUSER = 0x10000000
_CONNECT_S = 1.0
_MB = 1 << 20

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """`python -c … CONFIG`: a line of JSON for each attack: its name, and what it got hold of, empty when it failed."""
    config = json.loads(sys.argv[1])
    for name in config["attacks"]:
        try:
            got = "; ".join(_ATTACKS[name](config))
        except Exception as error:  # an attack that breaks has proven nothing
            got = f"the attack itself broke: {type(error).__name__}: {error}"
        sys.stdout.write(json.dumps({"attack": name, "got": got[:500]}) + "\n")
        sys.stdout.flush()


def read_files(config: dict[str, Any]) -> Iterator[str]:
    """The daemon's data and keys, by their names on the machine, also by way of what is open elsewhere."""
    for name in config["files"]:
        for root in ("", "/proc/1/root", "/proc/self/root", "/proc/1/cwd"):
            path = Path(root + name)
            with contextlib.suppress(OSError):
                path.stat()
                yield f"{path} is in view"


def use_sockets(config: dict[str, Any]) -> Iterator[str]:
    for name in config["sockets"]:
        with socket.socket(socket.AF_UNIX) as one, contextlib.suppress(OSError):
            one.connect(name)
            yield f"{name} answers"
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as one:
        one.connect("\0" + config["abstract"])
        yield "an abstract socket of the machine's answers"


def reach_ports(config: dict[str, Any]) -> Iterator[str]:
    for address in config["addresses"]:
        for port in config["ports"]:
            if _answers(address, port):
                yield f"{address} port {port} answers"


def reach_metadata(config: dict[str, Any]) -> Iterator[str]:
    for address, port in (("169.254.169.254", 80), ("100.100.100.200", 80), ("fd00:ec2::254", 80)):
        if _answers(address, port):
            yield f"{address} answers"


def signal_outside(config: dict[str, Any]) -> Iterator[str]:
    """Processes outside by their numbers, and everybody at once; whether one outside was hit is seen out there."""
    if os.getppid() != 1 or Path("/proc/1/comm").read_text().startswith(("systemd", "init")):
        yield "process 1 is not the warden"
    for pid in config["pids"]:
        with contextlib.suppress(OSError):
            if (Path("/proc") / str(pid)).stat().st_ino and config["command"] in _command(pid):
                yield f"process {pid} of the machine is in view"
    with contextlib.suppress(OSError):
        os.kill(1, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.kill(-1, signal.SIGKILL)


def push_input(config: dict[str, Any]) -> Iterator[str]:
    """Type into the terminal, for whoever reads from it next."""
    with contextlib.suppress(OSError):
        fcntl.ioctl(0, _TIOCSTI, b"x")
        yield "the terminal took input that nobody typed"


def gain_privileges(config: dict[str, Any]) -> Iterator[str]:
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if int(status[name], 16):
            yield f"{name} is {status[name]}"
    if status["NoNewPrivs"] != "1":
        yield "programs may raise privileges"
    if status["Seccomp"] != "2":
        yield "system calls are not filtered"
    for what, call in (("user", os.setuid), ("group", os.setgid)):
        with contextlib.suppress(OSError):
            call(0)
            yield f"the {what} became root"
    with contextlib.suppress(OSError):
        (Path("/proc/1") / "mem").open("rb").close()
        yield "the warden's memory can be read"


def call_the_kernel(config: dict[str, Any]) -> Iterator[str]:
    """Calls that have let people out of sandboxes before."""
    if _libc.unshare(_CLONE_NEWUSER) == 0:
        yield "a user namespace was made"
    if _libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0:
        yield "something was mounted"
    for name, number in config["calls"].items():
        ctypes.set_errno(0)
        if _libc.syscall(number, 0, 0, 0, 0, 0) >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
            yield f"{name} is let through"
    for name in ("AF_VSOCK", "AF_PACKET", "AF_ALG"):
        family = getattr(socket, name, None)
        if family is not None:
            with contextlib.suppress(OSError):
                socket.socket(family, socket.SOCK_DGRAM if name == "AF_PACKET" else socket.SOCK_STREAM).close()
                yield f"a socket of {name} was made"


def change_the_system(config: dict[str, Any]) -> Iterator[str]:
    for name in ("/usr/bin/nacre-attack", "/etc/nacre-attack", "/nacre-attack", "/dev/nacre-attack"):
        with contextlib.suppress(OSError):
            Path(name).write_text("x")
            yield f"{name} was written"
    for name in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches"):
        with contextlib.suppress(OSError):
            os.close(os.open(name, os.O_WRONLY))
            yield f"{name} can be written"
    with contextlib.suppress(OSError):
        os.mknod("/tmp/nacre-attack", stat.S_IFBLK | 0o600, os.makedev(8, 0))  # noqa: S108 - inside
        yield "a device was made"


def exhaust_processes(config: dict[str, Any]) -> Iterator[str]:
    children = []
    try:
        for _ in range(config["processes"] + 50):
            pid = os.fork()
            if pid == 0:
                signal.pause()
                os._exit(0)
            children.append(pid)
        yield f"{len(children)} processes were started"
    except OSError:
        pass  # there is a limit
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def exhaust_memory(config: dict[str, Any]) -> Iterator[str]:
    most = config["memory_bytes"] // _MB + 64
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(MemoryError):
            held = [bytearray(b"x" * _MB) for _ in range(most)]
            os._exit(0 if held else 1)
        os._exit(1)
    if os.waitpid(pid, 0)[1] == 0:
        yield f"{most} MB of memory were taken"


def exhaust_disk(config: dict[str, Any]) -> Iterator[str]:
    """One large file where files are kept, and where memory stands in for a disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for folder, most in ((config["folder"], config["disk_bytes"]), ("/dev/shm", config["memory_bytes"])):  # noqa: S108
        path = Path(folder, "nacre-attack")
        with contextlib.suppress(OSError):
            with path.open("wb", buffering=0) as file:
                for _ in range(most // _MB + 8):
                    if file.write(b"\0" * _MB) < _MB:
                        raise OSError(errno.EFBIG, "no more")
            yield f"{path} took {most // _MB + 8} MB"
        with contextlib.suppress(OSError):
            path.unlink()


def _answers(address: str, port: int) -> bool:
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as one:
            one.settimeout(_CONNECT_S)
            one.connect((address, port))
    except OSError:
        return False
    return True


def _command(pid: int) -> str:
    return (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace").replace("\0", " ")


_ATTACKS: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "read-files": read_files,
    "use-sockets": use_sockets,
    "reach-ports": reach_ports,
    "reach-metadata": reach_metadata,
    "push-input": push_input,
    "gain-privileges": gain_privileges,
    "call-the-kernel": call_the_kernel,
    "change-the-system": change_the_system,
    "exhaust-processes": exhaust_processes,
    "exhaust-memory": exhaust_memory,
    "exhaust-disk": exhaust_disk,
    "signal-outside": signal_outside,
}

if __name__ == "__main__":
    main()
