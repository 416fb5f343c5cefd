"""Where a benchmark works: a home of its own whose projects lie on btrfs, on XFS, or on the plain disk."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nacre.engines.storage.loopfile import Kind, make_store, unmount_store

_IMAGE_BYTES = 24 << 30
"""Sparse: it takes what is written, no more."""
KINDS = ("btrfs", "xfs", "plain")


@contextmanager
def home_on(kind: str) -> Iterator[Path]:
    """A fresh NACRE_HOME under the temporary folder; its path is short, for the sake of unix sockets.

    btrfs and xfs are images mounted where the projects lie, as the doctor's repair does it; they need root.
    """
    work = Path(tempfile.mkdtemp(prefix="nb"))
    work.chmod(0o711)
    home, projects, image = work / "h", work / "h" / "projects", work / "store.img"
    home.mkdir(mode=0o711)
    try:
        if kind in ("btrfs", "xfs"):
            need_root_and(f"mkfs.{kind}", {"btrfs": "btrfs-progs", "xfs": "xfsprogs"}[kind])
            image_kind: Kind = "btrfs" if kind == "btrfs" else "xfs"
            make_store(image, projects, _IMAGE_BYTES, image_kind)
            projects.chmod(0o711)
        yield home
    finally:
        unmount_store(projects)
        _remove(work)


def _remove(work: Path) -> None:
    """A peer's helpers may write for a moment after it was stopped."""
    for _ in range(50):
        with suppress(OSError):
            shutil.rmtree(work)
            return
        time.sleep(0.2)
    shutil.rmtree(work)


def need_root_and(program: str, package: str) -> None:
    """Make sure that a program is there, installing its Debian package if need be. Ends the benchmark otherwise."""
    if os.geteuid() != 0:
        raise SystemExit("This benchmark needs root: it mounts file systems of its own and installs its peers.")
    if shutil.which(program) is None and not Path(program).exists():
        print(f"Installing {package}", flush=True)
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        subprocess.run(["apt-get", "-qq", "update"], check=True, **quiet)
        argv = ["apt-get", "-qq", "install", "--no-install-recommends", package]
        subprocess.run(argv, check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, **quiet)
