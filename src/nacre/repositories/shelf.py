"""Where the repositories of the projects are: one bare repository each, made when it is first asked for."""

import shutil
import threading
from pathlib import Path

from nacre.branches.catalog import Branch, Catalog
from nacre.core.names import MAIN, Ref
from nacre.engines.git import program
from nacre.engines.git.repository import Confined, Repository, make


class Shelf:
    """`home` holds all of them. Thread-safe."""

    def __init__(self, catalog: Catalog, home: Path, confined: Confined) -> None:
        self._catalog = catalog
        self._home = home
        self._confined = confined
        self._making = threading.Lock()

    def folder(self, project: str) -> Path:
        return self._home / f"{project}.git"

    def exists(self, project: str) -> bool:
        return self.folder(project).is_dir()

    def open(self, project: str) -> Repository:
        """The repository of a project, made if there is none yet.

        Raises NotFound "project-not-found", Unavailable "no-git" or "git-too-old".
        """
        self._catalog.branch(Ref(project))
        program.require()
        folder = self.folder(project)
        with self._making:
            if folder.is_dir():
                return Repository(folder, self._confined)
            self._home.mkdir(exist_ok=True)
            self._home.chmod(0o711)
            return make(folder, self._confined, MAIN)

    def leave(self, branch: Branch) -> None:
        """A project's repository goes with its main branch; of another branch goes what was kept about its files."""
        folder = self.folder(branch.ref.project)
        if branch.ref.branch == MAIN:
            gone = folder.with_name(f".{folder.name}.gone")
            shutil.rmtree(gone, ignore_errors=True)
            if folder.is_dir():
                folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
        elif folder.is_dir():
            Repository(folder, self._confined).forget(branch.ref.branch)
