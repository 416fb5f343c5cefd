"""Lower parts of images, laid out ahead: the next release on them is a rename and its own few files.

Linking the thousands of files of a language and its packages is what unpacking a release takes its time for.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from nacre.engines.storage.driver import UNFINISHED, remove_tree

_MOST = 24


class Spares:
    """`lay_out` lays layers, the lowest first, into an empty folder. Spares lie on the file system of the images."""

    def __init__(self, folder: Path, lay_out: Callable[[Sequence[Path], Path], None]) -> None:
        self.folder = folder
        self._lay_out = lay_out
        folder.mkdir(mode=0o711, exist_ok=True)

    def take(self, layers: Sequence[Path], target: Path) -> bool:
        """Put the spare of these layers in the place of the empty folder `target`; False when there is none."""
        try:
            self._place(layers).rename(target)
        except FileNotFoundError:
            return False
        return True

    def prepare(self, layers: Sequence[Path]) -> None:
        """Lay the layers out for whoever comes next, unless that is done. They must not go meanwhile."""
        place = self._place(layers)
        if not layers or place.exists():
            return
        fresh = place.with_name(f"{place.name}{UNFINISHED}{secrets.token_hex(4)}")
        fresh.mkdir()
        fresh.chmod(0o755)
        try:
            self._lay_out(layers, fresh)
            fresh.rename(place)
        except BaseException:
            remove_tree(fresh)
            raise

    def trim(self, unused_since: float) -> None:
        """Remove those older than that, in seconds since the epoch, and the oldest beyond some two dozen."""
        spares = sorted(self._ages(), reverse=True)
        for number, (made_at, path) in enumerate(spares):
            if number >= _MOST or made_at < unused_since:
                aside = path.with_name(f"{path.name}{UNFINISHED}{secrets.token_hex(4)}")
                try:
                    path.rename(aside)
                except FileNotFoundError:
                    continue  # somebody has just taken it
                remove_tree(aside)

    def _ages(self) -> list[tuple[float, Path]]:
        found = []
        for path in self.folder.iterdir():
            try:
                if UNFINISHED not in path.name:
                    found.append((path.stat().st_ctime, path))
            except FileNotFoundError:
                continue
        return found

    def _place(self, layers: Sequence[Path]) -> Path:
        return self.folder / hashlib.sha256("\n".join(layer.name for layer in layers).encode()).hexdigest()
