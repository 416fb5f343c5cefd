"""The shelves that there are, and those of them that a caller may see and means."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from nacre.branches.catalog import Catalog
from nacre.core.errors import InvalidInput, NotFound
from nacre.core.names import MAIN, Ref
from nacre.core.principals import Principal
from nacre.engines.logs.query import Own, Query
from nacre.engines.logs.reader import Reader
from nacre.monitoring.logs.follower import SHELF
from nacre.monitoring.logs.seeing import may_see
from nacre.monitoring.logs.several import Part
from nacre.monitoring.logs.source import LABEL, Source, labelled, parts, read_plan

Readers = dict[str, Reader]


class Shelves:
    """By the key of their source. `plan` is the file that says what is followed now. Thread-safe."""

    def __init__(self, folder: Path, plan: Path, catalog: Catalog) -> None:
        self._folder = folder
        self._plan = plan
        self._catalog = catalog
        self._labels: dict[str, tuple[int, Source]] = {}
        self._idle: list[Readers] = []
        self._lock = threading.Lock()

    def seen_by(self, who: Principal) -> dict[str, Source]:
        """Those whose lines the caller may see."""
        projects = {one.name: int(one.created_at.timestamp() * 1000) for one in self._catalog.all_projects()}
        return {key: source for key, source in self._all().items() if may_see(who, source, projects)}

    def meant(self, who: Principal, of: str | None, sources: list[str]) -> dict[str, Source]:
        """Those of a branch, an app or a component, or with these keys or names; with neither, all that are seen.

        Raises NotFound "log-not-found", the same for what is not there and for what is not the caller's to see.
        """
        seen = self.seen_by(who)
        for each in sources:
            if not any(each in (key, source.name) for key, source in seen.items()):
                raise _unknown(each, seen)
        if sources:
            seen = {key: source for key, source in seen.items() if {key, source.name} & {*sources}}
        found = seen if of is None else {key: source for key, source in seen.items() if is_of(source, of)}
        if of is not None and not found and not self._is_quiet(who, of):
            raise _unknown(of, seen)
        return {key: source for key, source in found.items() if source.view not in found}  # else lines came twice

    def live(self) -> set[str]:
        """The keys of those that are followed now."""
        planned = self._planned()
        return {part.key for source in planned for part in parts(source)} | {one.key for one in planned if one.view}

    def one(self, who: Principal, key: str) -> Source:
        """Raises NotFound "log-not-found"."""
        seen = self.seen_by(who)
        if key not in seen:
            raise _unknown(key, seen)
        return seen[key]

    def size_bytes(self, key: str) -> int:
        try:
            return sum(file.stat().st_size for file in (self._folder / key / SHELF).iterdir())
        except FileNotFoundError:
            return 0

    @contextmanager
    def parts(self, meant: Mapping[str, Source], query: Query) -> Iterator[list[Part]]:
        """What is asked of which readers; these remember what they have read for the next who asks."""
        with self._lock:
            known = self._idle.pop() if self._idle else {}
        try:
            own = {key: self._reader(key, known) for key, source in meant.items() if not source.view}
            views = [
                Part({key: self._reader(source.view, known)}, _narrowed(query, source), False)
                for key, source in meant.items()
                if source.view
            ]
            yield [Part(own, query, True), *views] if own or not views else views
        finally:
            with self._lock:
                if not self._idle:
                    self._idle.append({key: one for key, one in known.items() if one.folder.exists()})

    def _reader(self, key: str, known: Readers) -> Reader:
        return known.setdefault(key, Reader(self._folder / key / SHELF))

    def _planned(self) -> list[Source]:
        try:
            return read_plan(self._plan)
        except FileNotFoundError:
            return []

    def _is_quiet(self, who: Principal, of: str) -> bool:
        """Whether it is a branch of the caller's that has written nothing yet."""
        try:
            ref = Ref.parse(of)
            return who.may_enter(ref) and self._catalog.branch(ref) is not None
        except (InvalidInput, NotFound):
            return False

    def _all(self) -> dict[str, Source]:
        found = {}
        for folder in self._folder.glob("*/"):
            try:
                changed = (folder / LABEL).stat().st_mtime_ns
            except FileNotFoundError:
                continue
            known = self._labels.get(folder.name)
            if known is None or known[0] != changed:
                source = labelled(folder)
                if source is None:
                    continue
                known = changed, source
            found[folder.name] = known
        self._labels = found
        views = {source.key: source for source in self._planned() if source.view}
        return {key: source for key, (_, source) in sorted(found.items())} | views


def is_of(source: Source, of: str) -> bool:
    """Whether people mean this source by `shop`, `shop:try`, an app's name, `gateway`, `postgres` …

    A project's name means its main branch with its app, as everywhere; `shop:*` all branches of it.
    """
    if of in (source.kind, source.name, source.key) or (source.kind == "nacre" and of == source.process):
        return True
    if source.app and of == source.app:
        return True
    project, _, branch = of.partition(":")
    return source.project == project and (branch == "*" or source.branch == (branch or MAIN))


def _narrowed(query: Query, view: Source) -> Query:
    since_ms = max(query.since_ms or 0, view.from_ms)
    own = Own("app", view.app) if view.app else Own("project", view.project)
    return replace(query, conditions=(*query.conditions, own), since_ms=since_ms)


def _unknown(name: str, seen: dict[str, Source]) -> NotFound:
    names = sorted({source.name for source in seen.values()})
    known = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return NotFound(
        "log-not-found",
        f"Nothing that is called “{name}” has a log, or not one that you may see.",
        hint=f"There are: {known}." if known else "Nothing has written anything yet.",
    )
