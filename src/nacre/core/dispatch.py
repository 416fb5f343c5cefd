"""The choke point: every call from every surface passes here. Validate → authorise → guard → audit → run → event."""

import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import structlog
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from nacre.core.audit import Audit
from nacre.core.errors import Failed, InvalidInput, NacreError, NotAllowed
from nacre.core.events import EventBus
from nacre.core.masking.documents import masked_value
from nacre.core.names import Ref
from nacre.core.operations import Body, Call, Effect, Operation, Private, Registry, marked
from nacre.core.principals import Kind, Principal, Role
from nacre.core.validation import first_fault

_log = structlog.get_logger()
_LONGEST_AUDITED_TEXT = 2000


Shown = Callable[[], dict[str, Any]]
"""A call's arguments as they may be kept: made where somebody wants them, and once."""

Guard = Callable[[Principal, Operation, Call, Shown], None]
"""Asked about each call that roles let through; raises what it refuses with."""


def no_guard(_who: Principal, _operation: Operation, _call: Call, _shown: Shown) -> None:
    """The guard of a house in which roles say all."""


class Dispatcher:
    """Runs operations of a registry on the services that the daemon wired, keyed by their type."""

    def __init__(
        self,
        registry: Registry,
        services: Mapping[type, object],
        audit: Audit,
        bus: EventBus,
        guard: Guard = no_guard,
    ) -> None:
        self.registry = registry
        self._services = services
        self._audit = audit
        self._bus = bus
        self._guard = guard

    def refuse_the_hopeless(self, who: Principal, name: str) -> None:
        """Whether it is worth taking what the caller sends along. Raises NotAllowed "not-allowed"."""
        _refuse_the_hopeless(who, self.registry.get(name))

    def call(
        self, who: Principal, name: str, arguments: Mapping[str, Any], *, surface: str, request_id: str
    ) -> BaseModel:
        """Run one operation and return its answer. Blocks; raises NacreError and nothing else."""
        operation = self.registry.get(name)
        try:
            _refuse_the_hopeless(who, operation)
            call = _validate(operation, arguments)
            _authorise(who, operation, call)
            shown = cache(partial(_auditable, call))
            self._guard(who, operation, call, shown)
        except NotAllowed as error:
            self._audit.note(str(who), surface, name, {}, request_id, "refused", error.code)
            raise
        if operation.effect is Effect.READ:
            return self._run(who, operation, call, request_id)
        return self._run_audited(who, operation, call, shown, surface, request_id)

    def _run_audited(
        self, who: Principal, operation: Operation, call: Call, shown: Shown, surface: str, request_id: str
    ) -> BaseModel:
        ref = next(call.refs(), None)
        project = ref.project if ref else next(call.founds(), None)
        branch = ref.branch if ref else None
        entry = self._audit.begin(who, surface, operation.name, project, shown(), request_id, branch)
        about = {"operation": operation.name, "who": str(who), "project": project, "request_id": request_id}
        started = time.monotonic()
        try:
            answer = self._run(who, operation, call, request_id)
        except NacreError as error:
            seconds = time.monotonic() - started
            self._audit.end(entry, "failed", error.code, seconds)
            _log.info("failed", code=error.code, seconds=round(seconds, 3), **about)
            raise
        seconds = time.monotonic() - started
        self._audit.end(entry, "done", None, seconds)
        _log.info("done", seconds=round(seconds, 3), **about)
        self._bus.emit(operation.name, str(who), project, branch, shown())
        return answer

    def _run(self, who: Principal, operation: Operation, call: Call, request_id: str) -> BaseModel:
        try:
            answer = operation.handler(self._services[operation.service], who, call)
            if not isinstance(answer, operation.output):
                raise TypeError(f"answered with {type(answer).__name__}, not {operation.output.__name__}")
            return answer
        except NacreError:
            raise
        except UnicodeEncodeError as error:
            raise InvalidInput(
                "bad-input", f"A text given to {operation.name} holds half a character: {error.object!a:.200}."
            ) from error
        except Exception as error:
            _log.exception("operation crashed", operation=operation.name, request_id=request_id)
            raise Failed(
                "internal-error",
                f"“{operation.name}” failed inside Nacre: {type(error).__name__}: {error}",
                hint=f"The daemon's log has the details under request {request_id}.",
            ) from error


def _refuse_the_hopeless(who: Principal, operation: Operation) -> None:
    """Whoever has the role nowhere learns nothing about the input."""
    highest = who.highest_role if operation.in_projects else who.role
    if highest < operation.role:
        raise _lacking(who, operation, f"; {who} has {highest.word}")
    if operation.in_person and who.kind is Kind.AGENT and who.role < Role.ADMIN:
        raise NotAllowed(
            "not-allowed",
            f"“{operation.name}” concerns the person behind {who}, so an agent may not call it.",
            hint="Do it yourself, in the console or with a token of the kind person.",
        )


def _validate(operation: Operation, arguments: Mapping[str, Any]) -> Call:
    try:
        return operation.input.model_validate(dict(arguments))
    except ValidationError as error:
        where, fault = first_fault(error, "input")
        raise InvalidInput(
            "bad-input",
            f"“{where}” of {operation.name}: {fault}.",
            hint=f"`nacre {' '.join(operation.verb)} --help` shows what it takes.",
        ) from None


def _authorise(who: Principal, operation: Operation, call: Call) -> None:
    """The role is needed in each project that the call names, or in the system as a whole when it names none."""
    refs = [ref.project for ref in call.refs()]
    founded = list(call.founds())
    if who.projects is not None:
        _check_scope(who, who.projects, operation, [*refs, *founded])
    if who.branch is not None:
        _check_branch(who, who.branch, call)
    for project in refs:
        role = who.role_in(project)
        if role is None:
            raise NotAllowed(
                "not-allowed",
                f"{who} is not a member of the project “{project}”, if there is one.",
                hint=f"An admin of it adds people: `nacre member set {project} PERSON --role {operation.role.word}`.",
            )
        if role < operation.role:
            raise _lacking(who, operation, f" in “{project}”; {who} has {role.word} there")
    if not refs and who.role < operation.role:
        raise _lacking(who, operation, f"; {who} has {who.role.word}")


def _check_scope(who: Principal, scope: frozenset[str], operation: Operation, projects: list[str]) -> None:
    """A token limited to some projects reaches only operations that name one of them."""
    if not projects and not operation.scoped_by_handler:
        raise NotAllowed(
            "outside-scope", f"{who} is limited to its projects; “{operation.name}” concerns the whole system."
        )
    for project in projects:
        if project not in scope:
            raise NotAllowed("outside-scope", f"{who} may not touch the project “{project}”.")


def _check_branch(who: Principal, branch: Ref, call: Call) -> None:
    for ref in call.refs():
        if ref != branch:
            raise NotAllowed("outside-scope", f"{who} is limited to {branch}, and may not touch {ref}.")


def _lacking(who: Principal, operation: Operation, what: str) -> NotAllowed:
    return NotAllowed(
        "not-allowed",
        f"“{operation.name}” needs the role {operation.role.word}{what}.",
        hint="Ask an admin for that role, or for a token with it.",
    )


def _auditable(call: Call) -> dict[str, Any]:
    """The arguments as they may be kept: private ones and bytes only by their length, of others what spells out a
    secret hidden, long texts cut, at any depth."""
    model = type(call)
    raw = {name for name in model.model_fields if marked(model, name, Body)}
    private = {name for name in model.model_fields if marked(model, name, Private)}
    said = call.model_dump(mode="json", exclude_defaults=True, exclude=raw | private)
    given = {name for name in private if getattr(call, name) != model.model_fields[name].get_default()}
    return (
        {name: masked_value(_cut(value), name) for name, value in said.items()}
        | {name: _hidden(getattr(call, name)) for name in given}
        | {name: f"({len(getattr(call, name))} bytes)" for name in raw}
    )


def _hidden(value: Any) -> str:
    try:
        return f"({len(value) if isinstance(value, str) else len(to_json(value))} characters)"
    except PydanticSerializationError:
        raise InvalidInput("bad-input", "A text within the call's arguments holds half a character.") from None


def _cut(value: Any) -> Any:
    match value:
        case str():
            cut = value[:_LONGEST_AUDITED_TEXT] + "…" if len(value) > _LONGEST_AUDITED_TEXT else value
            return cut.encode(errors="backslashreplace").decode()  # half a character, as file names may hold
        case list():
            return [_cut(each) for each in value]
        case dict():
            return {name: _cut(each) for name, each in value.items()}
    return value
