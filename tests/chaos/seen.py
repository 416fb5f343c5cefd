"""What is seen of a house from outside: the state of its branches, and whether anything is left over anywhere."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from tests.chaos.struck import StruckHouse, until

from nacre.core.store.store import _open
from nacre.engines.postgres.verify import SEAL
from nacre.engines.processes import record


@dataclass(frozen=True)
class Seen:
    """A branch: the numbers in its table `t`, its files by path, the kinds of entries in its log."""

    rows: tuple[int, ...]
    files: tuple[tuple[str, str], ...]
    log: tuple[str, ...]


def look(house: StruckHouse) -> dict[str, Seen]:
    """Every branch of the house, once each of them serves."""
    refs = [
        branch["ref"]
        for project in house.call("project.list")
        for branch in house.call("branch.list", ref=project["name"])
    ]
    return {ref: look_at(house, ref) for ref in refs}


def look_at(house: StruckHouse, ref: str) -> Seen:
    root = house.files(ref)
    files = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}
    log = tuple(entry["kind"] for entry in house.call("log", ref=ref))
    url = house.url(ref)
    try:
        rows = until(lambda: (rows_at(url),), 60)[0]  # Postgres may have to be tried a few times
    except psycopg.Error as error:
        pytest.fail(f"{ref} does not serve: {error}; log:\n{house.log()[-3000:]}")
    return Seen(rows, tuple(sorted(files.items())), log)


def rows_at(url: str) -> tuple[int, ...]:
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass('t')").fetchone() == (None,):
            return ()
        return tuple(row[0] for row in connection.execute("SELECT n FROM t ORDER BY n"))


def left_over(house: StruckHouse) -> list[str]:
    """Everything that no row of the control plane accounts for, and every row that nothing on disk stands behind."""
    rows = _Rows(house.home / "data.db")
    found = [f"procedure row {row}" for row in rows("SELECT kind, step, direction FROM procedure")]
    found += [f"branch {row}" for row in rows("SELECT name, state FROM branch WHERE state <> 'running'")]
    found += [f"generation {row}" for row in rows("SELECT id FROM generation WHERE state NOT IN ('kept', 'purged')")]
    found += [f"base {row}" for row in rows("SELECT id, state FROM base WHERE state <> 'ready'")]
    branches = rows("SELECT b.id, p.name, b.name, b.port FROM branch b JOIN project p ON p.id = b.project_id")
    found += _differ(house.home / "projects", {row[0] for row in rows("SELECT name FROM project")}, {"lost+found"})
    found += _differ(house.home / "run" / "pg", {str(port) for *_, port in branches})
    for project in {row[1] for row in branches}:
        own = {name for _, of, name, _ in branches if of == project}
        found += _differ(house.home / "projects" / project / "branches", own)
    for number, project, name, _ in branches:
        folder = house.home / "projects" / project / "branches" / name
        found += _differ(folder, {"files", "postgres"}, {"past"})
        found += _differ(folder / "past", set())
        generations = rows(f"SELECT id, number, state FROM generation WHERE branch_id = {number}")
        found += _differ(folder / "postgres", {str(row[1]) for row in generations})
        for id_, generation, state in generations:
            inside = folder / "postgres" / str(generation)
            found += _differ(inside, {"wal", "data"} if state == "kept" else {"wal"}, {"bases", "wal-index.jsonl"})
            bases = rows(f"SELECT number FROM base WHERE generation_id = {id_}")
            found += _differ(inside / "bases", {str(row[0]) for row in bases})
            for row in bases:
                found += _differ(inside / "bases" / str(row[0]), {"data", "base.json"}, {SEAL})
    found += [f"trouble: {one}" for one in house.call("system.status")["branches"] if one["trouble"]]
    rows.close()
    return found


def strays(house: StruckHouse) -> list[str]:
    """Processes that belong to the home and are neither its daemon nor the live Postgres of a branch, nor the one that
    follows its logs."""
    rows = _Rows(house.home / "data.db")
    live = {
        str(house.home / "projects" / project / "branches" / branch / "postgres" / str(number) / "data")
        for project, branch, number in rows(
            "SELECT p.name, b.name, g.number FROM branch b JOIN project p ON p.id = b.project_id"
            " JOIN generation g ON g.id = b.generation_id"
        )
    }
    rows.close()
    follower = record.read(house.home / "run" / "logs" / "follower.json")
    known = {os.getpid(), house.pid, house.nursery_pid, follower.pid if follower else None}
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(entry.name) not in known:
                cwd, line = str((entry / "cwd").readlink()), (entry / "cmdline").read_text(errors="replace")
                if cwd not in live and str(house.home) in cwd + line and not _is_zombie(entry):
                    found.append(f"{entry.name}: {line!r} in {cwd}")
        except OSError:
            continue  # it ended meanwhile
    return found


def _is_zombie(entry: Path) -> bool:
    return (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] == "Z"


def _differ(folder: Path, wanted: set[str], allowed: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    extra = [f"{folder / name} is left over" for name in sorted(present - wanted - allowed)]
    return extra + [f"{folder / name} is missing" for name in sorted(wanted - present)]


class _Rows:
    """Queries data.db beside the daemon, with the one SQLite build of the program."""

    def __init__(self, path: Path) -> None:
        assert stat.S_ISREG(path.stat().st_mode)
        self._engine = _open(path)

    def __call__(self, query: str) -> list[Any]:
        with self._engine.connect() as connection:
            plain = connection.execution_options(isolation_level="AUTOCOMMIT")
            return [tuple(row) for row in plain.execute(text(query))]

    def close(self) -> None:
        self._engine.dispose()
