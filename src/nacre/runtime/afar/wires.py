"""The wires to all nodes that run apps: a relay of this machine's, started with the first of them, and what it does."""

import asyncio
import hashlib
import os
import sys
import threading
from pathlib import Path

import nacre
from nacre.core.whole import write_whole
from nacre.engines.processes.child import Child, Command
from nacre.engines.processes.supervisor import Supervisor
from nacre.engines.processes.users import Account
from nacre.engines.wires.authority import Authority
from nacre.engines.wires.plan import Folder

_VERSION = "NACRE_WIRES"


class Wire:
    """The relay of one machine as a service: `end` is near where the control plane is, far at a node."""

    def __init__(self, end: str, folder: Folder, account: Account | None, log_path: Path) -> None:
        self.folder = folder
        becomes = [f"{account.uid}:{account.gid}"] if account else []
        self.child = Child(
            Command(
                name="wires",
                argv=(sys.executable, "-P", "-m", f"nacre.engines.wires.{end}", str(folder.path), *becomes),
                log_path=log_path,
                record=folder.path.with_name("wires.json"),
                env={
                    "PATH": os.environ.get("PATH", os.defpath),
                    "PYTHONPATH": str(Path(nacre.__file__).parents[1]),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                version=(_VERSION, _digest(folder)),
            )
        )

    @staticmethod
    def lay(folder: Folder, account: Account | None, authority: str, certificate: str, key: str = "") -> None:
        """What the relay proves itself by, the account's alone; the key, where it has none yet."""
        proofs = {folder.key: key} if key else {}
        for path, text in {**proofs, folder.authority: authority, folder.certificate: certificate}.items():
            write_whole(path, text.encode())
            give(path, account)


def make_folder(path: Path, account: Account | None) -> Folder:
    """Where lines are: whoever knows the name of one may pass through."""
    path.mkdir(exist_ok=True)
    path.chmod(0o711)
    give(path, account)
    return Folder(path)


def give(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _digest(folder: Folder) -> str:
    """Another one where the relay must be another: its code, or what it proves itself by."""
    code = sorted((Path(nacre.__file__).parent / "engines" / "wires").glob("*.py"))
    proofs = [path for path in (folder.authority, folder.certificate) if path.exists()]
    said = b"".join(path.read_bytes() for path in [*code, *proofs])
    return hashlib.sha256(said).hexdigest()[:16]


class NearWire:
    """Called from worker threads."""

    def __init__(
        self,
        path: Path,
        account: Account | None,
        log_path: Path,
        authority: Authority,
        supervisor: Supervisor,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._path = path
        self._account = account
        self._log_path = log_path
        self._authority = authority
        self._supervisor = supervisor
        self._loop = loop
        self._kept = False
        self._keeping = threading.Lock()

    @property
    def folder(self) -> Folder:
        return Folder(self._path)

    def keep(self) -> None:
        """Have the relay run: one that runs already is taken over."""
        with self._keeping:
            if self._kept:
                return
            folder = make_folder(self._path, self._account)
            if not folder.certificate.exists():
                pair = self._authority.caller()
                Wire.lay(folder, self._account, self._authority.certificate(), pair.certificate, pair.key)
            wire = Wire("near", folder, self._account, self._log_path)
            asyncio.run_coroutine_threadsafe(self._supervisor.start(wire.child), self._loop).result()
            self._kept = True
