"""A process that makes vectors anew until it is killed: `python -m tests.integration.knowledge.reembedder DATABASE`."""

import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from tests.integration.knowledge.conftest import ANN, Library
from tests.integration.knowledge.generations import reembedding_of
from tests.integration.knowledge.models import Hashing

from nacre.core.errors import Conflict

if __name__ == "__main__":
    models = Hashing()
    library = Library.on(Path(sys.argv[1]), embedder=models)
    reembedding = reembedding_of(library, models, at_once=7)

    def told(model: str, texts: Sequence[str]) -> None:
        print(model, flush=True)

    models.before = told
    for turn in count():
        # Documents come and go in between, and each model follows the other.
        library.add("anew", **{f"d{turn % 90}": f"again {turn}"})
        library.adding.remove(ANN, "anew", f"d{turn % 90}")
        try:
            reembedding.begin(ANN, "anew", ("new", "same", "old")[turn % 3])
        except Conflict as error:
            assert error.code in ("same-model", "being-reembedded")
        reembedding.finish()
        library.collections.clearing.finish()
