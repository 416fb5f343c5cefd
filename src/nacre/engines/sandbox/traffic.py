"""Whether anybody is connected to what a sandbox serves, as the kernel tells it."""

from pathlib import Path

from nacre.engines.sandbox.layout import Layout

_TABLE = Path("/proc/net/unix")
_CONNECTED = "03"


def has_connections(folder: Path) -> bool:
    """Whether a connection is open to one of the sandbox's exposed ports: a page that waits for changes, a download.

    A socket that was accepted bears the path on which it came in: proc_pid_net(5), columns 6 and 8.
    """
    below = f"{Layout(folder).port(0).parent}/"
    with _TABLE.open(errors="replace") as table:
        rows = (line.split(maxsplit=7) for line in table)
        return any(len(row) == 8 and row[5] == _CONNECTED and row[7].startswith(below) for row in rows)
