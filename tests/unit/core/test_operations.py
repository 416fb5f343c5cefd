"""The registry: what a declaration says is what every surface gets, and a bad declaration fails at import."""

from collections.abc import Callable
from typing import Annotated

import pytest
from pydantic import Field, ValidationError

from nacre.core import operations
from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Registry, cli_of, operation
from nacre.core.principals import Principal, Role

Refused = Callable[..., None]


class Shelf:
    """A service."""


class Put(Call):
    ref: Annotated[Ref, Cli(positional=True)]
    book: Annotated[str, Cli(positional=True)]
    times: Annotated[int, Cli(short="n"), Field(ge=1)] = 1
    beside: Ref | None = None
    among: tuple[Ref, ...] = ()


class Placed(Answer):
    place: int


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry of this test's own in place of the product's."""
    own = Registry()
    monkeypatch.setattr(operations, "registry", own)
    return own


def put(shelf: Shelf, who: Principal, call: Put) -> Placed:
    """Put a book on the shelf.

    It stays there.
    """
    return Placed(place=1)


def declare(name: str = "shelf.put", handler: Callable[..., Placed] = put) -> None:
    operation(name, "POST /api/shelves/{ref}", role=Role.USER, effect=Effect.WRITE)(handler)


def test_a_declaration_carries_all_that_surfaces_need(registry: Registry) -> None:
    declare()
    declared = registry.get("shelf.put")
    assert (declared.method, declared.path, declared.verb) == ("POST", "/api/shelves/{ref}", ("shelf", "put"))
    assert (declared.service, declared.input, declared.output) == (Shelf, Put, Placed)
    assert (declared.summary, declared.description) == ("Put a book on the shelf.", "It stays there.")
    assert declared.positionals == ("ref", "book")
    assert cli_of(Put, "times") == Cli(short="n")
    assert list(registry) == [declared]


def test_the_verb_can_differ_from_the_name(registry: Registry) -> None:
    operation("shelf.put", "POST /api/x", role=Role.USER, effect=Effect.WRITE, verb="put")(put)
    assert registry.get("shelf.put").verb == ("put",)


def test_a_declared_function_stays_a_plain_function() -> None:
    assert operation("x", "POST /api/x", role=Role.USER, effect=Effect.WRITE)(put) is put


def test_a_name_is_declared_once() -> None:
    declare()
    with pytest.raises(ValueError, match=r"shelf\.put"):
        declare()


def test_an_operation_without_a_docstring_is_not_declared(registry: Registry) -> None:
    def silent(shelf: Shelf, who: Principal, call: Put) -> Placed:
        return Placed(place=1)

    with pytest.raises(ValueError, match="docstring"):
        declare(handler=silent)
    assert list(registry) == []


def test_an_unknown_operation_is_refused(registry: Registry, refused_with: Refused) -> None:
    refused_with("unknown-operation", registry.get, "shelf.burn")


def test_every_ref_of_a_call_counts_for_its_scope_the_optional_and_the_listed_too() -> None:
    call = Put.model_validate({"ref": "a", "book": "b:c", "beside": "d:e", "among": ["f", "g:h"]})
    assert list(call.refs()) == [Ref("a"), Ref("d", "e"), Ref("f"), Ref("g", "h")]


def test_a_call_refuses_fields_it_does_not_know_and_never_changes() -> None:
    with pytest.raises(ValidationError, match="extra"):
        Put.model_validate({"ref": "a", "book": "b", "colour": "red"})
    with pytest.raises(ValidationError, match="frozen"):
        Put(ref=Ref("a"), book="b").book = "c"  # type: ignore[misc]
