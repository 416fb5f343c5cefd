"""The source in a build: what of it goes into the image, and copies of it that a build may write to."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from nacre.core.errors import InvalidInput
from nacre.engines.files.ignored import Rule, is_ignored
from nacre.engines.oci.entries import Entry, File, Link, entries_of


def real_folder(root: Path, folder: str, *, missing_is_empty: bool = False) -> Path:
    """A folder beneath `root` to which no link leads: whoever wrote the tree could else have anything packed.

    Raises InvalidInput "folder-not-found".
    """
    current = root
    for step in folder.split("/") if folder else ():
        current /= step
        if missing_is_empty and not current.is_symlink() and not current.exists():
            current.mkdir()
        if current.is_symlink() or not current.is_dir():
            raise InvalidInput(
                "folder-not-found",
                f"There is no folder “{folder}” in the source, or it is a link.",
                hint="Mend folder or static under [publish] in nacre.toml.",
            )
    return current


def left_out_by(rules: tuple[Rule, ...], folder: Path) -> Callable[[str], bool]:
    """Whether a path of this folder stays out of the image."""
    layers = (("", rules),)

    def left_out(path: str) -> bool:
        inside = folder / path
        return is_ignored(path, folder=inside.is_dir() and not inside.is_symlink(), layers=layers)

    return left_out


def copy_to(target: Path, source: Path, names: Iterable[str] | None) -> None:
    """Copy a source's files, all of them or those named, none of them through a link."""
    if names is None:
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        return
    for name in names:
        real_folder(source, name.rpartition("/")[0])
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, place, follow_symlinks=False)


def copy_entries(target: Path, entries: Iterable[Entry], prefix: str) -> None:
    """Lay out entries that lie beneath `prefix` in the image."""
    for entry in entries:
        place = target / entry.path.removeprefix(prefix).lstrip("/")
        match entry:
            case File(source=Path() as source):
                shutil.copyfile(source, place, follow_symlinks=False)
                place.chmod(0o755 if entry.executable else 0o644)
            case File(source=bytes() as content):
                place.write_bytes(content)
            case Link():
                place.symlink_to(entry.target)
            case _:
                place.mkdir(exist_ok=True)


def made_by_build(after: Path, before: Path, target: str, left_out: Callable[[str], bool]) -> Iterator[Entry]:
    """The entries of `after` that are not the same in `before`."""
    for entry in entries_of(after, target, left_out):
        path = entry.path.removeprefix(target).lstrip("/")
        if isinstance(entry, File | Link) and _same(after / path, before / path):
            continue
        yield entry


def _same(one: Path, other: Path) -> bool:
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    if not other.is_file() or one.stat().st_size != other.stat().st_size:
        return False
    executable = (one.stat().st_mode ^ other.stat().st_mode) & 0o100
    return not executable and one.read_bytes() == other.read_bytes()
