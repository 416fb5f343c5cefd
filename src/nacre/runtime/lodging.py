"""What an instance is made of: its folders on the machine, the image as its system, its environment, its limits."""

import os
import shutil
from pathlib import Path, PurePosixPath
from typing import Protocol

from nacre.core.errors import Failed
from nacre.engines.processes.command import checked, run
from nacre.engines.processes.users import Account
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.spec import Egress, Limits, Mount, Spec
from nacre.runtime.deployed import Deployed

DATA = "/data"
DATABASE = "/run/postgresql"
_PROCESSES = 256
_DISK_BYTES = 10 << 30
_LOG_BYTES = 16 << 20
_COPY_S = 600.0
_LONGEST_HOSTNAME = 63


class Roots(Protocol):
    """Where images lie unpacked."""

    def unpacked(self, digest: str, repository: str | None = None) -> Path:
        """The image's root file system, verified, made once; what is missing of it comes from the repository.

        Raises NotFound, InvalidInput, Unavailable, NoSpace, Failed.
        """


class Lodging:
    """`run` has the sandboxes' folders, whose paths are short; `apps` what instances write, which may be large."""

    def __init__(self, run_folder: Path, apps: Path, roots: Roots, account: Account | None) -> None:
        self._run = run_folder
        self._apps = apps
        self._roots = roots
        self._account = account

    @property
    def group(self) -> int | None:
        """The group that the gateway is in; None where all runs as the daemon's user."""
        return None if self._account is None else self._account.gid

    def folder(self, app: str, name: str) -> Path:
        """The sandbox's own: sockets, records, logs."""
        return self._run / app / name

    def app_folder(self, app: str) -> Path:
        return self._run / app

    def socket(self, deployed: Deployed, number: int) -> Path:
        """What reaches the port of this instance, whenever it runs."""
        return Layout(self.folder(deployed.app, str(number))).port(deployed.run.port)

    def give(self, folder: Path) -> None:
        """Have the processes of the account write to a folder of its own."""
        if self._account is not None:
            os.chown(folder, self._account.uid, self._account.gid)

    def make_app(self, app: str) -> None:
        """The gateway looks whether there is such an app, so it may look into the folder."""
        for folder, mode in ((self._run / app, 0o755), (self._apps, 0o711), (self._apps / app, 0o711)):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)

    def make(self, deployed: Deployed, name: str) -> Spec:
        """Make the folders anew, the image's part that is written to copied; what to start then. Blocks for that long.

        Raises what unpacking raises, Failed "command-failed" or "bad-image".
        """
        self.make_app(deployed.app)
        root = self._roots.unpacked(deployed.digest, deployed.repository)
        work = self._work(deployed.app, name)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        work.chmod(0o711)
        folders = _read_only(root, deployed)
        if _is_copied(root, deployed):
            self._copy(root, PurePosixPath(deployed.run.cwd), work / "files", folders)
        return self._spec(deployed, name, root, folders)

    def spec(self, deployed: Deployed, name: str) -> Spec:
        """The sandbox as it can be found and stopped, not started."""
        return self._spec(deployed, name, Path("/nonexistent"), ())

    def remove(self, app: str, name: str) -> None:
        shutil.rmtree(self._work(app, name), ignore_errors=True)
        shutil.rmtree(self.folder(app, name), ignore_errors=True)

    def remove_app(self, app: str) -> None:
        for folder in (self._run / app, self._apps / app):
            shutil.rmtree(folder, ignore_errors=True)

    def _work(self, app: str, name: str) -> Path:
        return self._apps / app / name

    def _copy(self, root: Path, cwd: PurePosixPath, target: Path, without: tuple[str, ...]) -> None:
        """The folder that the app is in, of which it may change its copy; folders for reading stay empty."""
        source = root / cwd.relative_to("/")
        target.mkdir()
        for folder in without:
            (target / PurePosixPath(folder).relative_to(cwd)).mkdir(parents=True, exist_ok=True)
        _copy_entries(source, target, {source / PurePosixPath(folder).relative_to(cwd) for folder in without})
        if self._account is not None:
            owner = f"{self._account.uid}:{self._account.gid}"
            checked(run(["chown", "-hR", owner, "--", target], timeout_s=_COPY_S), "Giving the app its folder")

    def _spec(self, deployed: Deployed, name: str, root: Path, folders: tuple[str, ...]) -> Spec:
        spec = deployed.run
        files = self._work(deployed.app, name) / "files"
        mounts = [Mount(files, spec.cwd, writable=True, fresh=True)] if files.exists() else []
        mounts += [Mount(root / PurePosixPath(folder).relative_to("/"), folder) for folder in folders]
        if deployed.data is not None:
            mounts.append(Mount(deployed.data, DATA, writable=True))
        if deployed.database is not None:
            mounts.append(Mount(deployed.database, DATABASE))
        return Spec(
            name=f"app {deployed.name} {name}",
            folder=self.folder(deployed.app, name),
            mounts=tuple(mounts),
            env=_environment(deployed),
            cwd=spec.cwd,
            hostname=deployed.app[:_LONGEST_HOSTNAME],
            limits=Limits(
                cpu_cores=spec.cpus,
                memory_bytes=spec.memory_mb << 20,
                processes=_PROCESSES,
                disk_bytes=_DISK_BYTES,
                log_bytes=_LOG_BYTES,
            ),
            egress=Egress(spec.egress.policy, spec.egress.hosts),
            account=self._account,
            root=root,
        )


def _is_copied(root: Path, deployed: Deployed) -> bool:
    """Whether the app has a folder of its own in the image, and not the whole of it."""
    return PurePosixPath(deployed.run.cwd) != PurePosixPath("/") and _is_real(root, deployed.run.cwd)


def _read_only(root: Path, deployed: Deployed) -> tuple[str, ...]:
    """The folders below the app's own that are only read. Raises Failed "bad-image" where links lead elsewhere."""
    if not _is_copied(root, deployed):
        return ()
    cwd = deployed.run.cwd
    found = [folder for folder in deployed.run.dependencies if PurePosixPath(folder).is_relative_to(cwd)]
    return tuple(folder for folder in found if folder != cwd and _is_real(root, folder))


def _is_real(root: Path, folder: str) -> bool:
    path = root
    for part in PurePosixPath(folder).parts[1:]:
        path = path / part
        if part == ".." or path.is_symlink():
            raise Failed(
                "bad-image",
                f"The image's folder {folder} is reached by a link, and cannot be mounted.",
                hint="Publish it again; an image of your own has to have it as a plain folder.",
            )
    return path.is_dir()


def _environment(deployed: Deployed) -> dict[str, str]:
    here = {"HOME": "/tmp", "USER": "app", "SHELL": "/bin/sh"}  # noqa: S108 - inside
    told = {"PORT": str(deployed.run.port), "NACRE_APP": deployed.app, "NACRE_RELEASE": str(deployed.release)}
    data = {"NACRE_DATA": DATA} if deployed.data is not None else {}
    return {**here, **deployed.run.env, **deployed.env, **told, **data}


def _copy_entries(source: Path, target: Path, without: set[Path]) -> None:
    """What lies in `source`, blocks shared where the file system can."""
    whole: list[Path] = []
    for entry in sorted(source.iterdir()):
        if entry in without:
            continue
        if any(folder.is_relative_to(entry) for folder in without):
            _copy_entries(entry, target / entry.name, without)
        else:
            whole.append(entry)
    if whole:
        argv = ["cp", "-a", "--reflink=auto", "--no-preserve=ownership", "-t", str(target), "--", *map(str, whole)]
        checked(run(argv, timeout_s=_COPY_S), "Copying the app's folder")
