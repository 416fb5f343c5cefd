"""A machine far away, as far as the network knows: a namespace at the end of a cable, which can be cut."""

import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Far:
    """A network of its own, held by a process, that reaches this one by one cable. Over there, `localhost` is here."""

    def __init__(self, folder: Path) -> None:
        number = random.randrange(1 << 14)
        net = f"10.213.{number >> 6}"
        self.near, self.far = (f"{net}.{(number & 63) * 4 + host}" for host in (1, 2))
        self.cable = f"cable{number}"
        hosts = folder / "hosts"
        hosts.write_text(f"{self.near} localhost\n")
        script = 'mount --bind "$1" /etc/hosts && echo there && exec sleep infinity'
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", script, "far", hosts], stdout=subprocess.PIPE, text=True
        )
        assert self.holder.stdout is not None
        assert self.holder.stdout.readline() == "there\n"

    def lay(self) -> None:
        pid = str(self.holder.pid)
        run("ip", "link", "add", self.cable, "type", "veth", "peer", "name", "far", "netns", pid)
        run("ip", "address", "add", f"{self.near}/30", "dev", self.cable)
        run("ip", "link", "set", self.cable, "up")
        run(*self.within, "ip", "address", "add", f"{self.far}/30", "dev", "far")
        run(*self.within, "ip", "link", "set", "far", "up")

    def cut(self) -> None:
        """Nothing comes through, and nobody is told: the worst way for a network to fail."""
        run(
            *self.within,
            "nft",
            "add table inet cut; add chain inet cut out { type filter hook output priority 0; policy drop; }",
        )

    def mend(self) -> None:
        run(*self.within, "nft", "delete table inet cut")

    def remove(self) -> None:
        """With the last process in it goes the network, and with that the cable."""
        self.holder.kill()
        self.holder.communicate()

    @property
    def within(self) -> tuple[str, ...]:
        return ("nsenter", "--target", str(self.holder.pid), "--net", "--mount")


def run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, f"{argv}: {done.stderr}"


@contextmanager
def far_away(folder: Path) -> Iterator[Far]:
    """`folder` is there for a file of its own, and outlives it."""
    far = Far(folder)
    try:
        far.lay()
        yield far
    finally:
        far.remove()
