"""What roles alone do not say: a published app's own data is for admins, and agents ask before they change it."""

import hashlib
from collections.abc import Iterator
from typing import Any

from nacre.branches.catalog import Branch, Catalog
from nacre.core.dispatch import Shown
from nacre.core.errors import Conflict, InvalidInput, NacreError, NotAllowed, NotFound
from nacre.core.names import Ref
from nacre.core.operations import Body, Call, Effect, Operation, marked
from nacre.core.principals import Kind, Principal, Role
from nacre.publishing.approvals import Approvals
from nacre.publishing.apps import PRODUCTION, App, Apps

_NEVER = {
    "branch.delete": "`nacre app delete {app}` deletes the app with its data.",
    "branch.reset": "`nacre app rewind {app} MOMENT` puts its data back to a moment.",
    "preview.": "`nacre branch create {ref} fix` makes a copy of it to work on.",
    "workspace.": "`nacre branch create {ref} fix` makes a copy of it to work on.",
    "command.run": "`nacre branch create {ref} fix` makes a copy of it to run commands on.",
}
"""Operations, by how their names begin, that have no place on an app's own data; what to do instead."""

_LOOKS_INSIDE = ("table.", "files.", "branch.diff")
"""Operations, by how their names begin, that show what visitors entrusted to an app, though they change nothing."""

_CREDENTIALS = frozenset({"project.url"})
_LONGEST_ASKED = 50_000


class Guard:
    """Asked by the dispatcher before each call that roles let through."""

    def __init__(self, catalog: Catalog, apps: Apps, approvals: Approvals) -> None:
        self._catalog = catalog
        self._apps = apps
        self._approvals = approvals

    def __call__(self, who: Principal, operation: Operation, call: Call, shown: Shown) -> None:
        """Raises Conflict "production-branch" or "project-published", NotAllowed "not-allowed" or "approval-needed",
        InvalidInput "too-long-to-approve"."""
        for branch in self._production(call):
            self._check_branch(who, operation, branch)
        if operation.name == "project.delete":
            self._check_unpublished(call)
        if operation.name == "branch.create":
            _check_free(getattr(call, "name", ""))
        concerned = self._concerned(who, operation, call)
        if who.kind is Kind.AGENT and concerned is not None:
            self._approvals.require(who, concerned, operation.name, call.model_dump(), _asked(call), shown())

    def _check_branch(self, who: Principal, operation: Operation, branch: Branch) -> None:
        app = next(iter(self._apps.on_branch(branch)), None)
        name = app.slug if app else branch.ref.project
        for begins, instead in _NEVER.items():
            if operation.name.startswith(begins) and operation.effect is not Effect.READ:
                raise Conflict(
                    "production-branch",
                    f"{branch.ref} holds the data of the app “{name}”: “{operation.name}” has no place there.",
                    hint=instead.format(app=name, ref=branch.ref),
                )
        inside = operation.role >= Role.USER or operation.name.startswith(_LOOKS_INSIDE)
        if inside and (who.role_in(branch.ref.project) or Role.VIEWER) < Role.ADMIN:
            raise NotAllowed(
                "not-allowed",
                f"{branch.ref} holds the data of the app “{name}”: only admins of the project work with it.",
                hint=f"Ask an admin of “{branch.ref.project}”.",
            )
        if who.kind is Kind.AGENT and operation.name in _CREDENTIALS:
            raise NotAllowed(
                "not-allowed",
                f"Agents get no credentials of {branch.ref}: it holds the data of the app “{name}”.",
                hint="Ask by `nacre sql`; what changes something waits for a person's approval.",
            )

    def _check_unpublished(self, call: Call) -> None:
        production = (
            app for ref in call.refs() for app in self._apps.of_project(ref.project) if app.kind == "production"
        )
        published = [app.slug for app in production if app.release is not None or app.branch_id is not None]
        if published:
            raise Conflict(
                "project-published",
                f"It is published as {', '.join(published)}, which would go with all its data.",
                hint=f"`nacre app delete {published[0]}` first.",
            )

    def _concerned(self, who: Principal, operation: Operation, call: Call) -> str | None:
        """The project whose published data or app the call would change beyond what its caller can take back."""
        for branch in self._production(call):
            if operation.effect is not Effect.READ:
                return branch.ref.project
        app = self._app(who, call)
        return app.project if app and app.kind == "production" and _is_destructive(operation, call) else None

    def _production(self, call: Call) -> Iterator[Branch]:
        for ref in call.refs():
            branch = self._branch(ref)
            if branch is not None and branch.production:
                yield branch

    def _branch(self, ref: Ref) -> Branch | None:
        try:
            return self._catalog.branch(ref)
        except NotFound:  # the operation itself says so
            return None

    def _app(self, who: Principal, call: Call) -> App | None:
        slug = getattr(call, "app", None)
        if not isinstance(slug, str):
            return None
        try:
            return self._apps.of(who, slug, Role.ADMIN)
        except NacreError:  # the operation itself refuses it
            return None


def _asked(call: Call) -> dict[str, Any]:
    """The arguments whole, private ones too, as whoever is to allow them must see them; of bytes which they are.

    Raises InvalidInput "too-long-to-approve".
    """
    bodies = {name for name in type(call).model_fields if marked(type(call), name, Body)}
    said: dict[str, Any] = _written(call.model_dump(mode="json", exclude_defaults=True, exclude=bodies))
    if len(str(said)) > _LONGEST_ASKED:
        raise InvalidInput(
            "too-long-to-approve",
            f"A person must allow this, and nobody reads {len(str(said)):,} letters.",
            hint=f"Ask for it in parts of at most {_LONGEST_ASKED:,}.",
        )
    return said | {name: _fingerprint(getattr(call, name)) for name in bodies}


def _fingerprint(content: bytes) -> str:
    return f"({len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()})"


def _written(value: Any) -> Any:
    """Without halves of characters, which names of files may hold and no answer can."""
    match value:
        case str():
            return value.encode(errors="backslashreplace").decode()
        case list():
            return [_written(each) for each in value]
        case dict():
            return {name: _written(each) for name, each in value.items()}
    return value


def _is_destructive(operation: Operation, call: Call) -> bool:
    """A rollback of code is taken back by the next one; with data it is not only code."""
    return operation.effect is Effect.DESTRUCTIVE or bool(getattr(call, "data", False))


def _check_free(name: str) -> None:
    if name == PRODUCTION or name.startswith(f"{PRODUCTION}-"):
        raise Conflict(
            "reserved-name",
            f"“{name}” cannot name a branch of yours: branches of that name hold the data of published apps.",
            hint="Choose another name; publishing makes that one by itself.",
        )
