"""Texts to vectors: by the side-car of language models, so that no model is ever loaded into the daemon."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nacre.core.errors import Conflict, InvalidInput
from nacre.core.principals import Principal
from nacre.llm.client import Llm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_LARGEST = 1e15
"""Of a vector's numbers: products and distances of such are still numbers in 32 bits."""


_SAME = 1e-6
"""Numbers of vectors of length one, made so twice, differ less."""


@dataclass(frozen=True)
class Embedded:
    """`vectors` has a row for each text. `digest` tells models apart whatever they are called."""

    model: str
    digest: str
    vectors: "Floats"


class Embedder(Protocol):
    def embed(self, who: Principal, texts: Sequence[str], model: str | None) -> Embedded:
        """None stands for the default model. Raises what llm/errors.py lists."""
        ...


@dataclass(frozen=True)
class BySideCar:
    llm: Llm

    def embed(self, who: Principal, texts: Sequence[str], model: str | None) -> Embedded:
        import numpy as np

        answer = self.llm.call(who, "embed", {"texts": list(texts), "model": model})
        return Embedded(answer["model"], answer["digest"], np.asarray(answer["vectors"], np.float32))


def check_digest(name: str, wanted: str, embedded: Embedded) -> None:
    """Refuse vectors that do not compare with those of a collection: Conflict "model-changed"."""
    if embedded.digest != wanted:
        raise Conflict(
            "model-changed",
            f"“{embedded.model}” stands for another model now than the one that “{name}” was made with.",
            hint=f"`nacre knowledge collection reembed {name}` makes vectors of the new one for all that is in it.",
        )


def as_vectors(vectors: "Sequence[Sequence[float] | Floats] | Floats", dimension: int, metric: str) -> "Floats":
    """Vectors as they are stored: of length one where angles are compared.

    Raises InvalidInput "wrong-dimension", "bad-vector" (not a number, infinite, or zero where it needs a direction).
    """
    import numpy as np

    for vector in vectors:
        if len(vector) != dimension:
            raise InvalidInput(
                "wrong-dimension",
                f"A vector has {len(vector)} numbers; the collection's have {dimension}.",
                hint="Vectors must be of the model that the collection was made for.",
            )
    wide = np.asarray(vectors, np.float64).reshape(len(vectors), dimension)
    if not np.abs(wide).max(initial=0) <= _LARGEST:  # nor is what is not a number
        raise _bad("holds something that is no finite number of a usual size")
    if metric == "cosine":
        lengths = np.sqrt(np.square(wide).sum(axis=1, keepdims=True))
        if not lengths.all():
            raise _bad("is all zeros, and so has no direction to compare")
        wide = wide / lengths
    return wide.astype(np.float32)


def as_kept(vectors: "Floats", dimension: int, metric: str) -> "Floats":
    """Vectors that were kept before: those of length one come back to the last bit. Raises what `as_vectors` does."""
    import numpy as np

    made = as_vectors(vectors, dimension, metric)
    same = np.abs(made - vectors).max(axis=1, initial=0) < _SAME
    return np.where(same[:, np.newaxis], vectors, made)


def _bad(what: str) -> InvalidInput:
    return InvalidInput("bad-vector", f"A vector {what}.", hint="Check what made it.")
