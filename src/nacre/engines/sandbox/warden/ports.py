"""Which ports are listened on, from /proc/net/tcp and tcp6 (proc_net(5))."""

from pathlib import Path

_LISTEN = "0A"


def listening(owners: "list[int] | None" = None) -> list[int]:
    """Ports that accept connections to this machine itself; only those of the processes `owners`, if it is given."""
    sockets = {inode: port for name in ("tcp", "tcp6") for inode, port in _table(Path("/proc/net") / name)}
    if owners is not None:
        held = {inode for pid in owners for inode in _held(pid)}
        sockets = {inode: port for inode, port in sockets.items() if inode in held}
    return sorted(set(sockets.values()))


def _table(path: Path) -> list[tuple[str, int]]:
    """Inode and port of every listening socket."""
    try:
        lines = path.read_text().splitlines()[1:]
    except FileNotFoundError:  # no IPv6 here
        return []
    rows = (line.split() for line in lines)
    return [(row[9], int(row[1].rpartition(":")[2], 16)) for row in rows if row[3] == _LISTEN]


def _held(pid: int) -> list[str]:
    """Inodes of the sockets that a process holds."""
    found = []
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            target = str(entry.readlink())
            if target.startswith("socket:["):
                found.append(target[len("socket:[") : -1])
    except OSError:
        return found  # it ended meanwhile, or is not ours to look at
    return found
