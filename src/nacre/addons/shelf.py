"""Where installed add-ons lie, and how their programs get onto everybody's PATH."""

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from nacre.addons.catalogue import ALL, AddOn, lock_files
from nacre.engines.processes.users import Account


class Shelf:
    """An add-on is made in the folder it stays in, since programs hold their own path; until it is whole, a mark
    beside that folder says so, and no program of it is on PATH."""

    def __init__(self, folder: Path, account: Account | None) -> None:
        self.folder = folder
        self._account = account

    @property
    def programs(self) -> Path:
        """The folder for PATH."""
        return self.folder / "bin"

    def make(self) -> None:
        """The folders that workspaces see, empty ones too: what is installed later appears in those that run."""
        for folder in (self.folder, self.programs):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)

    def place(self, addon: AddOn) -> Path:
        return self.folder / addon.name / addon.version

    def has(self, addon: AddOn) -> bool:
        """Whether its pinned version is installed, whole."""
        return self.place(addon).is_dir() and not self._mark(addon).exists()

    def begin(self, addon: AddOn) -> Path:
        """An empty place that only the installer writes to, with the add-on's locks in it."""
        place = self.place(addon)
        place.parent.mkdir(exist_ok=True)
        self._mark(addon).touch()
        shutil.rmtree(place, ignore_errors=True)
        (place / ".home").mkdir(parents=True)
        for name, lock in lock_files(addon.name).items():
            shutil.copyfile(lock, place / name)
        if self._account is not None:
            for path in (place, *place.iterdir()):
                os.chown(path, self._account.uid, self._account.gid)
        return place

    def finish(self, addon: AddOn) -> None:
        """It is whole: its programs are on PATH from now on, and other versions of it go."""
        place = self.place(addon)
        shutil.rmtree(place / ".home", ignore_errors=True)
        self._mark(addon).unlink()
        for name, target in addon.programs.items():
            if addon.name == "node" and shutil.which(name):
                continue  # people keep the Node of their machine
            unfinished = self.programs / f".{secrets.token_hex(8)}"
            unfinished.symlink_to(os.path.relpath(place / target, self.programs))
            unfinished.replace(self.programs / name)
        for other in place.parent.iterdir():
            if other.name != addon.version and other.is_dir():
                shutil.rmtree(other, ignore_errors=True)

    def remove(self, addon: AddOn) -> None:
        """All of it, a half one too. Programs that run go on until they end."""
        for name in addon.programs:
            (self.programs / name).unlink(missing_ok=True)
        self._mark(addon).parent.mkdir(exist_ok=True)
        self._mark(addon).touch()
        shutil.rmtree(self.folder / addon.name, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what an installation that was cut off left behind."""
        for addon in ALL.values():
            if self._mark(addon).exists():
                self.remove(addon)

    def size_bytes(self, addon: AddOn) -> int:
        """What it takes on disk now, also while it grows."""
        total = 0
        for parent, _, names in os.walk(self.place(addon)):
            for name in names:
                with suppress(OSError):
                    total += os.lstat(f"{parent}/{name}").st_blocks * 512
        return total

    def _mark(self, addon: AddOn) -> Path:
        return self.folder / addon.name / f"{addon.version}.unfinished"
