"""The scripts of pg_llm, put together from src/nacre/llm/sql: what PostgreSQL runs for CREATE and ALTER EXTENSION.

What is migrated is done once and never changed after it was released: tables and other relations, the way to the
side-car, and what takes a step after the functions are in place (`NNNN_….after.sql`). Functions are put in place anew
by every version. So only what takes a step is written twice, and an installation that was brought on is the same as a
fresh one, but for what people changed: docs/how-to/change-the-sql-of-pg_llm.md.
"""

from dataclasses import dataclass
from pathlib import Path

from nacre.llm.protocol import PROTOCOL

NAME = "pg_llm"
_PINNED = "SET LOCAL search_path = pg_catalog, pg_temp;"
"""Before every script: it runs as a superuser in somebody's database, where an operator of theirs that fits better than
PostgreSQL's own would be taken, and called with all rights."""

_COMMENT = "language models in SQL: chat, embeddings, search, questions; through the side-car of Nacre"


@dataclass(frozen=True)
class Version:
    """`migrations`: up to which number it is migrated."""

    name: str
    migrations: int


@dataclass(frozen=True)
class Source:
    """A folder of SQL, and the versions that there have been of it, oldest first; the last one is what it holds."""

    folder: Path
    versions: tuple[Version, ...]

    @property
    def current(self) -> Version:
        return self.versions[-1]

    def knows(self, version: str) -> bool:
        """Whether that is a version of ours; one that is not can only be a later one."""
        return any(each.name == version for each in self.versions)

    def installing(self, *, way: str | None = None) -> str:
        """What makes all of it; `way` is how the side-car is reached, without it the one of Nacre's own servers."""
        first, *others = self._migrations(0)
        way = way or self._read("way.sql")
        begins, ends = self._read("installing_begins.sql"), self._migrations(0, after_functions=True)
        return script(begins, first, way, self._read("relations.sql"), *others, *self._functions(), *ends)

    def upgrading(self, before: int, *, way: str | None = None) -> str:
        """What brings on an installation that has the migrations up to `before`; it may be run again.

        `way` is the one to the side-car where it leads there anew, without it that of Nacre's own servers.
        """
        way = way or self._read("way_again.sql")
        begins, rights = self._read("upgrading_begins.sql"), self._read("rights_again.sql")
        after, ends = self._migrations(before, after_functions=True), self._read("upgrading_ends.sql")
        return script(begins, *self._migrations(before), way, *self._functions(), rights, *after, ends)

    def way_elsewhere(self, *, again: bool) -> str:
        """The way to the side-car from another machine; `again` where there is one already."""
        return self._read("way_elsewhere_again.sql" if again else "way_elsewhere.sql")

    def noted(self) -> str:
        """What follows `installing` or `upgrading` where pg_llm is no extension: a note of what there is."""
        return script(self._read("installation.sql"))

    def letting_in(self) -> str:
        """What follows the first `installing` where pg_llm is no extension: who may use it."""
        return script(self._read("letting_in_elsewhere.sql"))

    def removing(self) -> str:
        """What takes all of it out again where it is no extension."""
        return script(self._read("removing.sql"))

    def extension(self) -> dict[str, str]:
        """The files of the extension by name, for a folder that extension_control_path names."""
        newest = self.current.name
        control = [
            f"comment = '{_COMMENT}'", f"default_version = '{newest}'", "relocatable = false", "superuser = true",
            "trusted = true",
        ]  # fmt: skip
        files = {f"{NAME}.control": "\n".join(control) + "\n"}
        files[f"{NAME}--{newest}.sql"] = f"{self.installing()}\n{self._read('letting_in.sql')}"
        for before in self.versions[:-1]:
            files[f"{NAME}--{before.name}--{newest}.sql"] = self.upgrading(before.migrations)
        return files

    def numbered(self, *, after_functions: bool = False) -> dict[int, Path]:
        """The migrations by number: those before the functions, or those after them."""
        found = (self.folder / "migrations").glob("*.sql")
        return {
            int(path.name.partition("_")[0]): path
            for path in found
            if path.name.endswith(".after.sql") is after_functions
        }

    def _migrations(self, before: int, *, after_functions: bool = False) -> list[str]:
        numbered = sorted(self.numbered(after_functions=after_functions).items())
        return [path.read_text() for number, path in numbered if before < number <= self.current.migrations]

    def _functions(self) -> list[str]:
        """What all others call first, then by their names, and rights last: they are about all of them."""

        def place(path: Path) -> tuple[bool, bool, str]:
            return path.stem != "calling", path.stem.endswith("rights"), path.name

        found = sorted((self.folder / "functions").glob("*.sql"), key=place)
        told = {"@version@": self.current.name, "@protocol@": str(PROTOCOL)}
        scripts = [path.read_text() for path in found]
        for name, value in told.items():
            scripts = [script.replace(name, value) for script in scripts]
        return scripts

    def _read(self, name: str) -> str:
        return (self.folder / name).read_text()


PG_LLM = Source(Path(__file__).parent / "sql", (Version("1.0", 3),))
"""A version that was released keeps its number: what comes later is another one's."""


def script(*steps: str) -> str:
    """Steps as one script."""
    return "\n".join([_PINNED, *steps])
