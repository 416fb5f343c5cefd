"""Makes a copy-on-write store inside one big sparse file, for machines whose disk has none. Needs root."""

import shutil
import subprocess
from pathlib import Path
from typing import Literal

from nacre.core.errors import Conflict, Failed, Unavailable

Kind = Literal["btrfs", "xfs"]
SMALLEST_BYTES = {"btrfs": 128 << 20, "xfs": 320 << 20}
"""mkfs.xfs refuses less than 300 MB, mkfs.btrfs less than about 110 MB."""


def make_store(image: Path, mount_point: Path, size_bytes: int, kind: Kind = "btrfs") -> None:
    """Make the sparse file `image`, format it and mount it at `mount_point` (made if missing).

    Raises Unavailable if the mkfs tool is missing, Conflict if the image exists, Failed with the tool's words.
    Nothing is left behind on failure.
    """
    tool = f"mkfs.{kind}"
    if shutil.which(tool) is None:
        package = {"btrfs": "btrfs-progs", "xfs": "xfsprogs"}[kind]
        raise Unavailable("tool-missing", f"{tool} is not installed.", hint=f"Install the package {package}.")
    if image.exists():
        raise Conflict("file-exists", f"{image} exists already.")
    try:
        with image.open("xb") as file:
            file.truncate(max(size_bytes, SMALLEST_BYTES[kind]))
        image.chmod(0o600)
        _run(format_command(kind, image))
        mount_store(image, mount_point)
    except BaseException:
        image.unlink(missing_ok=True)
        raise


def mount_store(image: Path, mount_point: Path) -> None:
    """Mount an existing store; does nothing if `mount_point` is a mount already. Raises Failed."""
    mount_point.mkdir(parents=True, exist_ok=True)
    if not mount_point.is_mount():
        _run(mount_command(image, mount_point))


def unmount_store(mount_point: Path) -> None:
    """Unmount a store; does nothing if it is not mounted. Raises Failed if something still uses it."""
    if mount_point.is_mount():
        _run(["umount", str(mount_point)])


def format_command(kind: Kind, image: Path) -> list[str]:
    """The argv that formats `image`."""
    if kind == "btrfs":
        return ["mkfs.btrfs", "--quiet", str(image)]
    return ["mkfs.xfs", "-q", "-m", "reflink=1", str(image)]


def mount_command(image: Path, mount_point: Path) -> list[str]:
    """The argv that mounts `image`; noatime, because reading must not unshare metadata."""
    return ["mount", "-o", "loop,noatime", str(image), str(mount_point)]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise Failed("store-failed", f"`{command[0]}` failed: {done.stderr.strip() or done.stdout.strip()}")
