"""An unpacked image as the system inside, read-only, in place of the machine's own."""

import os
import shutil
import stat
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from nacre.core.errors import Failed
from nacre.engines.processes.command import checked, run
from nacre.engines.sandbox import kit
from nacre.engines.sandbox.spec import Spec

SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_OURS = ("dev", "etc", "proc", "run", "sys", "tmp")
_NEVER = ("ld.so.preload", "ld.so.cache")  # would have a say in what the warden loads
_NOT_TO_COVER = (PurePosixPath("/etc"), PurePosixPath(kit.FOLDER))
_NOT_TO_ENTER = tuple(PurePosixPath(folder) for folder in (kit.FOLDER, "/dev", "/proc", "/sys"))
_COPY_S = 30.0
_LONGEST_BYTES = 64 << 10


def binds(spec: Spec, etc: Path) -> list[str]:
    """bubblewrap's arguments for the root of `spec`, with `etc` for its /etc. Raises Failed "image-not-there".

    Each entry of its top is mounted by itself: a link among them is made as a link and never followed, and where Nacre
    mounts something the image has no say, or plain folders.
    """
    assert spec.root is not None
    argv = ["--ro-bind", str(etc), "/etc"]
    for entry in _entries(spec.root, {*_OURS, *_made_by_us(spec, spec.root)}):
        if entry.is_symlink():
            argv += ["--symlink", str(Path(entry.path).readlink()), f"/{entry.name}"]
        elif entry.is_dir() or entry.is_file():
            argv += ["--ro-bind", entry.path, f"/{entry.name}"]
    return [*argv, *kit.kit().binds]


def _made_by_us(spec: Spec, root: Path) -> set[str]:
    """What of the top is not the image's, since something is mounted there. Raises Failed "bad-image"."""
    tops = set()
    for mount in spec.mounts:
        _require_elsewhere(PurePosixPath(mount.target))
        _, top, *below = PurePosixPath(mount.target).parts
        if not below:
            tops.add(top)
        elif top not in _OURS and os.path.lexists(root / top):
            _require_folders(root, PurePosixPath(mount.target), {one.target for one in spec.mounts})
    return tops


def _require_elsewhere(target: PurePosixPath) -> None:
    """The warden begins as root: nothing of an image may take the place of what it is started with."""
    covers = any(ours.is_relative_to(target) for ours in _NOT_TO_COVER)
    if covers or any(target.is_relative_to(ours) for ours in _NOT_TO_ENTER):
        raise Failed(
            "bad-image",
            f"The image's folder {target} cannot be the app's own: what is there in a sandbox is not the image's.",
            hint="Choose another folder for the app, such as WORKDIR /app in its Dockerfile.",
        )


def _require_folders(root: Path, target: PurePosixPath, mounted: Collection[str]) -> None:
    """A mount point below a link would lie, as root, wherever that leads."""
    for above in [*reversed(target.parents), target]:
        if str(above) in mounted and above != target:
            return  # what is mounted there is looked at by whoever made it
        path = root / above.relative_to("/")
        if path.is_symlink() or not path.is_dir():
            raise Failed("bad-image", f"{target} cannot be mounted: the image has no plain folder there.")


def copy_etc(root: Path, target: Path, without: Collection[str]) -> None:
    """The image's own /etc, but for some files that others are put in the place of. Raises Failed."""
    shutil.rmtree(target, ignore_errors=True)
    source = root / "etc"
    if not source.is_symlink() and source.is_dir():
        checked(run(["cp", "-a", "--no-preserve=ownership", source, target], timeout_s=_COPY_S), "Copying /etc")
    else:
        target.mkdir()
    target.chmod(0o755)
    for name in (*_NEVER, *without):
        if (target / name).is_dir() and not (target / name).is_symlink():
            shutil.rmtree(target / name)
        (target / name).unlink(missing_ok=True)


def own_text(path: Path) -> str:
    """What a file of the image says, empty when it is none or no plain file."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with os.fdopen(fd, "rb") as file:
        return file.read(_LONGEST_BYTES).decode(errors="replace") if stat.S_ISREG(os.fstat(fd).st_mode) else ""


def _entries(root: Path, left_out: Collection[str]) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(root) as found:
            return sorted((entry for entry in found if entry.name not in left_out), key=lambda entry: entry.name)
    except OSError as error:
        raise Failed("image-not-there", f"The image's files are not there: {error}.") from error
