"""Where things lie under a Nacre home: one place that knows."""

from dataclasses import dataclass
from pathlib import Path

from nacre.core.names import Ref


@dataclass(frozen=True)
class Places:
    home: Path

    def project(self, name: str) -> Path:
        return self.home / "projects" / name

    def history(self, project: str) -> Path:
        """The content store and the journal of a project's files."""
        return self.project(project) / "history"

    def branch(self, ref: Ref) -> Path:
        return self.project(ref.project) / "branches" / ref.branch

    def files(self, ref: Ref) -> Path:
        """The tree that people work in; this path never changes for the life of the branch."""
        return self.branch(ref) / "files"

    def generation(self, ref: Ref, number: int) -> Path:
        return self.branch(ref) / "postgres" / str(number)

    def data(self, ref: Ref, number: int) -> Path:
        return self.generation(ref, number) / "data"

    def wal(self, ref: Ref, number: int) -> Path:
        """Where this generation archives its WAL."""
        return self.generation(ref, number) / "wal"

    def base(self, ref: Ref, number: int, base: int) -> Path:
        return self.generation(ref, number) / "bases" / str(base)

    def past(self, ref: Ref) -> Path:
        """Throw-away clusters that look at the past."""
        return self.branch(ref) / "past"

    def postgres_log(self, ref: Ref) -> Path:
        """A name may have hyphens, but no dot: so no two branches share a log."""
        return self.log(f"postgres-{ref.project}.{ref.branch}")

    def log(self, name: str) -> Path:
        return self.home / "log" / f"{name}.log"
