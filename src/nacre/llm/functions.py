"""What SQL and the daemon can ask the side-car: each function is declared once, with its arguments as a model."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError

from nacre.core.errors import InvalidInput, NotAllowed
from nacre.core.validation import first_fault
from nacre.llm.caller import Caller

if TYPE_CHECKING:
    from nacre.llm.desk import Desk

Json = Any
"""What json.dumps takes."""

Handler = Callable[["Desk", Caller, Any], Awaitable[Json]]
Streamer = Callable[["Desk", Caller, Any], AsyncIterator[Json]]
H = TypeVar("H", bound=Handler)
S = TypeVar("S", bound=Streamer)


class Args(BaseModel):
    """Base of every function's arguments. Unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Function:
    """`handler` answers once; `streamer` piece by piece. One of them is there."""

    name: str
    args: type[Args]
    admin: bool
    handler: Handler | None = None
    streamer: Streamer | None = None


_functions: dict[str, Function] = {}


def function(name: str, *, admin: bool = False) -> Callable[[H], H]:
    """Declare `async (desk, caller, args) -> JSON`; the type of `args` is read off the handler.

    `admin`: only for members of llm_admin, and for admins by way of the daemon.
    """

    def declare(handler: H) -> H:
        _enter(Function(name, _args_of(handler), admin, handler=handler))
        return handler

    return declare


def stream(name: str, *, admin: bool = False) -> Callable[[S], S]:
    """Declare `async (desk, caller, args) -> iterator of JSON`, of which each item is one row in SQL."""

    def declare(streamer: S) -> S:
        _enter(Function(name, _args_of(streamer), admin, streamer=streamer))
        return streamer

    return declare


def load_all() -> Mapping[str, Function]:
    """Import every `nacre/llm/<part>/functions.py` there is, and answer all that they declared."""
    package = Path(__file__).parent
    for path in sorted(package.glob("*/functions.py")):
        import_module(f"nacre.llm.{path.parent.name}.functions")
    return _functions


def allowed(name: str, arguments: Any, caller: Caller, *, streams: bool) -> tuple[Function, Args]:
    """The function and its checked arguments; raises "llm-bad-arguments" or "llm-not-allowed" (LM014, LM013)."""
    found = _functions.get(name)
    if found is None or (found.streamer is not None) is not streams:
        raise InvalidInput(
            "llm-bad-arguments",
            f"There is no {'stream' if streams else 'function'} “{name}” in this side-car.",
            hint="The extension may be newer than Nacre: upgrade Nacre, or install the version of pg_llm that it has.",
        )
    if found.admin and not caller.admin:
        raise NotAllowed(
            "llm-not-allowed",
            f"{caller} may not call {name}: it is for members of llm_admin.",
            hint="Ask the database's owner: GRANT llm_admin TO …; on the command line it takes the role admin.",
        )
    try:
        return found, found.args.model_validate(arguments or {})
    except ValidationError as error:
        where, fault = first_fault(error, "the arguments")
        raise InvalidInput(
            "llm-bad-arguments",
            f"“{where}” of {name}: {fault}.",
            hint="The reference of pg_llm lists each function with its arguments.",
        ) from None


def _enter(declared: Function) -> None:
    assert declared.name not in _functions, f"{declared.name} is declared twice"
    _functions[declared.name] = declared


def _args_of(handler: Callable[..., Any]) -> type[Args]:
    last = list(inspect.signature(handler).parameters)[-1]
    hint = inspect.get_annotations(handler)[last]
    if isinstance(hint, str):
        hint = get_type_hints(handler)[last]
    assert isinstance(hint, type) and issubclass(hint, Args)
    return hint
