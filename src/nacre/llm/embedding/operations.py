"""The verb of embedding: llm embed."""

from typing import Annotated

from pydantic import Field

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.llm.client import Llm


class Embed(Call):
    text: Annotated[
        list[str],
        Private(),
        Cli(positional=True),
        Field(min_length=1, max_length=2048, description="The texts.", examples=[["mother-of-pearl"]]),
    ]
    ref: Annotated[
        Ref | None, Field(description="A branch whose models, budgets and rules hold (none: those of this Nacre).")
    ] = None
    model: Annotated[str | None, Cli(short="-m"), Field(description="Which model (none: the default).")] = None


class Vectors(Answer):
    """One for each text, in their order. They compare with those of the same `digest` alone."""

    model: str
    digest: str
    dimension: int
    vectors: list[list[float]]


@operation("llm.embed", "POST /api/llm/embed", role=Role.USER, effect=Effect.WRITE, long=True)
def embed(llm: Llm, who: Principal, call: Embed) -> Vectors:
    """Turn texts into vectors; where no model was added for it by the one on this machine, which needs no key."""
    return Vectors.model_validate(llm.call(who, "embed", {"texts": call.text, "model": call.model}, call.ref))
