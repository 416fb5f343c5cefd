"""What a vectorizer is told, checked and completed; and the model that it will use, as it is now."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from nacre.core.errors import InvalidInput
from nacre.core.validation import first_fault
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.embedding.chunking import Chunking

_EXACT_UP_TO = 50_000
"""Vectors that are compared one by one: some tens of milliseconds, and nothing is missed."""

_M, _EF_CONSTRUCTION = 16, 64
"""What pgvector takes where nothing is said."""


class Embedding(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str | None = None


class Index(BaseModel):
    """Made once there are `min_rows` vectors. `words` is a text search configuration, by default the database's.

    `m` and `ef_construction` are of hnsw, 16 and 64 where nothing is said; `lists` are of ivfflat.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["hnsw", "ivfflat", "none"] = "hnsw"
    min_rows: Annotated[int, Field(ge=0)] = _EXACT_UP_TO
    m: Annotated[int | None, Field(ge=2, le=100)] = None
    ef_construction: Annotated[int | None, Field(ge=4, le=1000)] = None
    lists: Annotated[int | None, Field(ge=1, le=32_768)] = None
    words: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name, kind in (("m", "hnsw"), ("ef_construction", "hnsw"), ("lists", "ivfflat")):
            if getattr(self, name) is not None and self.kind != kind:
                raise ValueError(f"{name} is of {kind}, not of {self.kind}")
        if self.kind == "hnsw" and (self.ef_construction or _EF_CONSTRUCTION) < 2 * (self.m or _M):
            raise ValueError("ef_construction (64 where nothing is said) must be twice m or more")
        return self


class Wanted(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: list[str]
    chunking: Chunking = Chunking()
    embedding: Embedding = Embedding()
    index: Index = Index()


async def settle(desk: Desk, caller: Caller, wanted: dict[str, Any]) -> dict[str, Any]:
    """Settings as llm_data.set_up takes them. The model is asked once, for its dimension.

    Raises InvalidInput "llm-bad-arguments" (LM014), and whatever the model answers.
    """
    checked = _checked(wanted)
    probed = await desk.embed(caller, ["dimension"], checked.embedding.model)
    return {
        "chunking": checked.chunking.model_dump(),
        "index": checked.index.model_dump(exclude_none=True),
        "model": probed.model,
        "digest": probed.digest,
        "dimension": probed.dimension,
    }


def _checked(wanted: dict[str, Any]) -> Wanted:
    try:
        checked = Wanted.model_validate(wanted)
    except ValidationError as error:
        where, fault = first_fault(error)
        raise InvalidInput(
            "llm-bad-arguments", f"“{where}” of a vectorizer: {fault}.", hint="`\\df+ llm.create_vectorizer`."
        ) from None
    _refuse_strange_context(checked.chunking, checked.columns)
    return checked


def _refuse_strange_context(chunking: Chunking, columns: Sequence[str]) -> None:
    strange = sorted(chunking.named - set(columns))
    if strange:
        raise InvalidInput(
            "llm-bad-arguments",
            f"The context names {', '.join(strange)}, which is not among the columns of this vectorizer.",
            hint="Name each column of the context in `columns` too.",
        )
    if not set(columns) - chunking.named:
        raise InvalidInput(
            "llm-bad-arguments",
            "The context names all columns, so nothing is left to embed.",
            hint="A column that the context names is put before each chunk, and is not cut into chunks itself.",
        )
