"""The scripts of pg_llm, put together from src/nacre/llm/sql: what PostgreSQL runs for CREATE and ALTER EXTENSION.

A version holds the tables up to one migration, and all functions. Tables are migrated, each step once; functions are
put in place anew by every version, so that only what takes a step is written twice.
"""

from dataclasses import dataclass
from pathlib import Path

NAME = "pg_llm"
_SQL = Path(__file__).parent / "sql"
_PINNED = "SET LOCAL search_path = pg_catalog, pg_temp;"
"""Before every script: it runs as a superuser in somebody's database, where an operator of theirs that fits better than
PostgreSQL's own would be taken, and called with all rights."""

_COMMENT = "language models in SQL: chat, embeddings, search, questions; through the side-car of Nacre"


@dataclass(frozen=True)
class Version:
    """`migrations`: up to which number its tables are migrated."""

    name: str
    migrations: int


VERSIONS: tuple[Version, ...] = (Version("1.0", 9999),)
"""Oldest first. A released one keeps the number that it was released with; the newest one takes all there are."""


def current() -> str:
    return VERSIONS[-1].name


def installing(version: Version = VERSIONS[-1], *, way: str | None = None) -> str:
    """What makes all of it; `way` is how the side-car is reached, without it the one of Nacre's own servers."""
    first, *others = _migrations(0, version.migrations)
    return script(first, way or _read("way.sql"), _read("relations.sql"), *others, *_functions())


def upgrading(before: Version, after: Version = VERSIONS[-1]) -> str:
    """What makes of one version a later one."""
    return script(*_migrations(before.migrations, after.migrations), *_functions())


def latest() -> int:
    """The number of the last migration that there is."""
    return max(_numbered())


def installed() -> str:
    """What follows `installing` or `migrating` where pg_llm is no extension: a note of what there is."""
    return script(_read("installation.sql"))


def migrating(after: int) -> str:
    """What brings the tables of an installation on that has the migrations up to `after`, with all functions."""
    return script(*_migrations(after, latest()), *_functions())


def elsewhere(*, again: bool) -> str:
    """The way to the side-car from another machine; `again` where there is one already."""
    return script(_read("way_again.sql" if again else "way_elsewhere.sql"))


def removing() -> str:
    """What takes all of it out again where it is no extension."""
    return script(_read("removing.sql"))


def extension() -> dict[str, str]:
    """The files of the extension by name, for a folder that extension_control_path names."""
    newest = VERSIONS[-1]
    control = [
        f"comment = '{_COMMENT}'", f"default_version = '{newest.name}'", "relocatable = false", "superuser = true",
        "trusted = true",
    ]  # fmt: skip
    files = {f"{NAME}.control": "\n".join(control) + "\n", f"{NAME}--{newest.name}.sql": _kept(installing())}
    for before in VERSIONS[:-1]:
        files[f"{NAME}--{before.name}--{newest.name}.sql"] = _kept(upgrading(before))
    return files


def _kept(script: str) -> str:
    """The script of an extension, which ends with whom it lets in."""
    return f"{script}\n{_read('extension.sql')}"


def script(*steps: str) -> str:
    """Steps as one script."""
    return "\n".join([_PINNED, *steps])


def _migrations(after: int, until: int) -> list[str]:
    return [path.read_text() for number, path in sorted(_numbered().items()) if after < number <= until]


def _numbered() -> dict[int, Path]:
    return {int(path.name.partition("_")[0]): path for path in (_SQL / "migrations").glob("*.sql")}


def _functions() -> list[str]:
    """What all others call first, then by their names, and rights last: they are about all of them."""

    def place(path: Path) -> tuple[bool, bool, str]:
        return path.stem != "calling", path.stem.endswith("rights"), path.name

    return [path.read_text() for path in sorted((_SQL / "functions").glob("*.sql"), key=place)]


def _read(name: str) -> str:
    return (_SQL / name).read_text()
