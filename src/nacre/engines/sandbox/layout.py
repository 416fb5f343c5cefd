"""Where things lie in a sandbox's folder on the machine; nothing of it is in view inside."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from nacre.core.errors import InvalidInput
from nacre.engines.processes.users import Account

_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class Layout:
    folder: Path

    @property
    def warden(self) -> Path:
        """The socket on which the warden is asked, open to the daemon alone."""
        return self.folder / "warden.sock"

    @property
    def proxy(self) -> Path:
        """The socket of the proxy that an allow-list goes through; its folder alone is in view inside, too."""
        return self.folder / "ways" / "proxy.sock"

    @property
    def record(self) -> Path:
        return self.folder / "record.json"

    @property
    def helper(self) -> Path:
        """Remembers the process that connects the sandbox."""
        return self.folder / "helper.json"

    @property
    def said(self) -> Path:
        """What bubblewrap and the warden said."""
        return self.folder / "sandbox.log"

    @property
    def network_log(self) -> Path:
        """What slirp4netns or the proxy said."""
        return self.folder / "network.log"

    @property
    def packages(self) -> Path:
        """What runs on the machine's own Python, compiled."""
        return self.folder / "packages"

    @property
    def etc(self) -> Path:
        """The files that stand in for the machine's own /etc/passwd and the like."""
        return self.folder / "etc"

    def port(self, port: int) -> Path:
        """The socket that reaches a port inside."""
        return self.folder / "ports" / f"{port}.sock"

    def log(self, key: str) -> Path:
        """The log of a process. Raises InvalidInput "bad-key"."""
        if not _KEY.fullmatch(key) or key.startswith("."):
            raise InvalidInput("bad-key", f"{key!r} cannot name a process: letters, digits, dots, dashes, at most 64.")
        return self.folder / "log" / f"{key}.log"

    def make(self, account: Account | None) -> None:
        """Make the folders. Those whom the gateway runs as may pass to the ports, and see nothing else."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711)
        for folder, mode in (
            (self.packages, 0o755),
            (self.folder / "log", 0o700),
            (self.etc, 0o755),
            (self.proxy.parent, 0o755),
            (self.folder / "ports", 0o710),
        ):
            folder.mkdir(exist_ok=True)
            folder.chmod(mode)
        if account is not None:
            os.chown(self.folder / "ports", -1, account.gid)


def settle(path: Path, content: bytes) -> None:
    """Let a file that everybody may read have this content. One that has it already is left alone: a file that is cut
    and written anew is waited for by some file systems."""
    try:
        if path.read_bytes() == content:
            return
    except FileNotFoundError:
        pass
    path.write_bytes(content)
    path.chmod(0o644)
