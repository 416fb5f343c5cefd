"""What follows a push: the files of its branch come along where they can, and whoever waits for pushes is told.

Before git takes a push, what it asks for is written down beside the repository; once all that follows is done, that is
deleted. So a daemon that is killed in between carries on with it when it starts.
"""

import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from nacre.branches.catalog import Catalog
from nacre.core.audit import Audit
from nacre.core.errors import NacreError, NotAllowed, NotFound
from nacre.core.events import EventBus
from nacre.core.names import Ref
from nacre.core.principals import Kind, Principal, Role
from nacre.engines.git import commands
from nacre.engines.git.pktline import NOTHING, RefCommand
from nacre.engines.git.repository import Repository
from nacre.repositories.committing import named
from nacre.repositories.shelf import Shelf
from nacre.repositories.trees import GitTrees

_log = structlog.get_logger()
_PATIENCE_S = 30.0
_REFS_TOLD = 20


@dataclass(frozen=True)
class Push:
    """A git branch of a project was pushed to, and is at `sha` now; there need be no Nacre branch of that name.

    `who` is the caller as the audit writes it, `person` the name of whoever stands behind, `limited` the only branch
    that the caller may touch, None for all.
    """

    project: str
    branch: str
    sha: str
    who: str
    person: str
    limited: Ref | None = None


Listener = Callable[[Push], Iterable[str]]
"""Told of every push, in a worker thread; each line it yields is shown to whoever pushed, as it comes."""


@dataclass(frozen=True)
class Begun:
    """A push that git is about to take, written down in `record`."""

    project: str
    commands: tuple[RefCommand, ...]
    who: str
    person: str
    limited: Ref | None
    record: Path | None
    entry: int | None = None
    """Its number in the audit."""


class Repositories:
    """What the git protocol needs, and who listens to pushes. All methods block; any thread may call them."""

    def __init__(
        self, catalog: Catalog, shelf: Shelf, trees: GitTrees, audit: Audit, bus: EventBus, largest_bytes: int
    ) -> None:
        self._audit = audit
        self._bus = bus
        self._catalog = catalog
        self._shelf = shelf
        self._trees = trees
        self._largest_bytes = largest_bytes
        self._listeners: list[Listener] = []

    def on_push(self, listener: Listener) -> None:
        """Have `listener` told of every push from now on, and of those that a killed daemon left."""
        self._listeners.append(listener)

    def open(self, project: str, who: Principal, role: Role) -> Repository:
        """The repository, if the caller has this role in the project.

        A project that is none of the caller's business is answered as one that is not there: NotFound
        "project-not-found"; too low a role by NotAllowed "not-allowed".
        """
        own = who.role_in(project) if who.kind is not Kind.NODE else None
        if own is None or not any(project == known.name for known in self._catalog.all_projects()):
            raise NotFound(
                "project-not-found",
                f"There is no project “{project}”, or none that {who} may see.",
                hint="`nacre project list` shows those that are yours to see.",
            )
        if own < role:
            raise NotAllowed(
                "not-allowed",
                f"Pushing needs the role {role.word} in “{project}”; {who} has {own.word}.",
                hint="Ask an admin of the project for that role, or make a token with it.",
            )
        return self._shelf.open(project)

    def settings(self, project: str, asked: Sequence[RefCommand]) -> list[tuple[str, str]]:
        """Under what rules git takes this push.

        A branch of Nacre keeps its git branch, and `main` only goes forward: it is what others and publishing build on.
        """
        ours = self._with_source(project)
        return commands.taking(
            self._largest_bytes,
            keeps_branches=any(command.deletes and command.branch in ours for command in asked),
            forward_only=any(command.ref == "refs/heads/main" for command in asked),
        )

    def begin(self, project: str, asked: tuple[RefCommand, ...], who: Principal, request_id: str) -> Begun:
        """Write down what a push asks for, here and in the audit. `end` must follow, whether git took it or not."""
        if not asked:
            return Begun(project, (), str(who), who.person, who.branch, None)
        folder = self._shelf.folder(project) / "nacre-pushes"
        folder.mkdir(mode=0o700, exist_ok=True)
        record = folder / f"{secrets.token_hex(8)}.json"
        document = {
            "who": str(who),
            "person": who.person,
            "limited": str(who.branch) if who.branch else None,
            "commands": [[command.old, command.new, command.ref] for command in asked],
        }
        with record.open("x") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        told = {"refs": [command.ref for command in asked][:_REFS_TOLD]}
        entry = self._audit.begin(who, "git", "git.push", project, told, request_id)
        return Begun(project, asked, str(who), who.person, who.branch, record, entry)

    def end(self, begun: Begun) -> Iterator[str]:
        """Do what follows from what git took of it; yields what whoever pushed should read. Run it to its end."""
        started = time.monotonic()
        refs = self._shelf.open(begun.project).refs() if begun.commands else {}
        taken = [command for command in begun.commands if refs.get(command.ref, NOTHING) == command.new]
        for command in taken:
            if command.branch and not command.deletes:
                push = Push(begun.project, command.branch, command.new, begun.who, begun.person, begun.limited)
                yield from self._follow(push)
                yield from self._tell(push)
        if begun.record is not None:
            begun.record.unlink(missing_ok=True)
        if begun.entry is not None:
            outcome, code = ("done", None) if taken else ("failed", "push-rejected")
            self._audit.end(begun.entry, outcome, code, time.monotonic() - started)
        for command in taken:
            data = {"ref": command.ref, "sha": command.new}
            self._bus.emit("git.push", begun.who, begun.project, command.branch, data)

    def collect(self, project: str) -> None:
        """Pack what pushes have left about, when it is much."""
        self._shelf.open(project).run(commands.collect(), timeout_s=1800)

    def resume(self) -> None:
        """After a start: carry on with what followed from pushes when the daemon was killed."""
        for project in self._catalog.all_projects():
            for record in sorted((self._shelf.folder(project.name) / "nacre-pushes").glob("*.json")):
                try:
                    said = list(self.end(_read(project.name, record)))
                except (ValueError, KeyError, TypeError):  # killed while it was written: git had not begun
                    record.unlink(missing_ok=True)
                else:
                    _log.info("carried on after a push", project=project.name, said=said)

    def _follow(self, push: Push) -> Iterator[str]:
        """The files of the branch come along, unless they have changes of their own."""
        ref = Ref(push.project, push.branch)
        try:
            if push.branch not in self._with_source(push.project):
                return
            with self._trees.change(ref, patience_s=_PATIENCE_S) as held:
                where = held.where
                if where.head is None or not where.behind:
                    return
                held.require_room(where.head)
                move = held.tree.move(where.at, where.head, keep=False)
        except NacreError as error:
            yield f"The files of {ref} stay as they are: {error.message}"
            yield f"`nacre git update {ref}` tries again."
            return
        except Exception:
            _log.exception("files not brought along", push=push)
            yield f"The files of {ref} stay as they are: Nacre failed. Its log tells more."
            return
        if move.made:
            yield f"The files of {ref} are at {where.head[:10]} now."
        elif move.changed:
            yield f"The files of {ref} stay as they are: they have uncommitted changes ({named(move.changed)})."
            yield f"`nacre git update {ref}` brings your commits in beside those changes."
        else:
            yield f"The files of {ref} stay as they are, since some are in the way: {move.in_the_way}"
            yield f"Move them and then `nacre git update {ref}`, or overwrite them with --discard."

    def _with_source(self, project: str) -> set[str]:
        """The branches of Nacre that a git branch of the same name is the history of."""
        branches = self._catalog.all_branches(self._catalog.project(project).id)
        return {branch.ref.branch for branch in branches if not branch.production}

    def _tell(self, push: Push) -> Iterator[str]:
        for listener in self._listeners:
            try:
                yield from listener(push)
            except NacreError as error:
                yield f"{error.message} {error.hint}".strip()
            except Exception:
                _log.exception("listener of pushes failed", push=push)
                yield "Something that follows a push failed inside Nacre; its log tells more."


def _read(project: str, record: Path) -> Begun:
    document = json.loads(record.read_text())
    asked = tuple(RefCommand(*words) for words in document["commands"])
    limited = Ref.parse(document["limited"]) if document["limited"] else None
    return Begun(project, asked, document["who"], document["person"], limited, record)
