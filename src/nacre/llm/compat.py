"""The scripts of pg_llm_compat: the functions of pg_llm 1.1, a public extension of that name, on top of ours."""

import re
from pathlib import Path

from nacre.llm.assembling import script

NAME = "pg_llm_compat"
VERSIONS: tuple[str, ...] = ("1.1",)
"""Oldest first; the first is called as the one whose functions these are. A later one has other functions alone."""

_SQL = Path(__file__).parent / "sql" / "compat"
_COMMENT = "the functions pg_llm_* of version 1.1 of the public pg_llm, on top of the schema llm"
_MADE = re.compile(r"CREATE OR REPLACE FUNCTION @extschema@\.(\w+)")


def names() -> list[str]:
    """The functions that people call."""
    return [name for path in _files() for name in _MADE.findall(path.read_text())]


def functions() -> str:
    """The script that makes them all, with what they stand on."""
    return "\n".join(_filled(path.read_text()) for path in _files())


def installing() -> str:
    """What makes all of it as an extension, with the schemas left open as PostgreSQL fills them in."""
    return script(_read("tables.sql"), functions(), _read("kept.sql"))


def elsewhere(*, again: bool, vector_schema: str) -> str:
    """What makes all of it where it is no extension, with the functions in `public`, or brings them on `again`.

    `vector_schema` is where pgvector is, as SQL names it.
    """
    steps = script(*([] if again else [_read("tables.sql")]), functions(), _read("owned.sql"))
    return steps.replace("@extschema@", "public").replace("@extschema:vector@", vector_schema)


def removing() -> str:
    """What takes all of it out again where it is no extension."""
    return script(_filled(_read("removing.sql")))


def extension() -> dict[str, str]:
    """The files of the extension by name, as those of pg_llm."""
    *earlier, newest = VERSIONS
    control = [
        f"comment = '{_COMMENT}'", f"default_version = '{newest}'", "relocatable = false", "superuser = true",
        "trusted = true", "requires = 'pg_llm, vector'", "no_relocate = 'vector'",
    ]  # fmt: skip
    files = {f"{NAME}.control": "\n".join(control) + "\n", f"{NAME}--{newest}.sql": installing()}
    return files | {f"{NAME}--{before}--{newest}.sql": script(functions()) for before in earlier}


def _files() -> list[Path]:
    """What all others call first, then by their names, and rights last."""

    def place(path: Path) -> tuple[bool, bool, str]:
        return path.stem != "calling", path.stem == "rights", path.name

    return sorted((_SQL / "functions").glob("*.sql"), key=place)


def _filled(text: str) -> str:
    """With the names of all functions where they are to stand."""
    return text.replace("@functions@", ", ".join(names())) if "@functions@" in text else text


def _read(name: str) -> str:
    return (_SQL / name).read_text()
