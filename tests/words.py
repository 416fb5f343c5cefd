"""A model elsewhere whose vectors are the words of texts; it fails as it is told, and may be held up."""

import threading
from collections.abc import Callable, Sequence

import numpy as np
from tests.provider import embedding

from nacre.core.errors import NacreError
from nacre.core.principals import Principal
from nacre.knowledge.embedding import Embedded


class Words:
    """`fault` tells what a call fails with, if it does; none is answered before it `goes`."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.digest = "words"
        self.fault: Callable[[Sequence[str]], NacreError | None] = lambda texts: None
        self.calls: list[Sequence[str]] = []
        self.goes = threading.Event()
        self.goes.set()

    def embed(self, who: Principal, texts: Sequence[str], model: str | None) -> Embedded:
        self.calls.append(texts)
        assert self.goes.wait(60)
        fault = self.fault(texts)
        if fault is not None:
            raise fault
        vectors = np.asarray([embedding(text, self.dimension) for text in texts], np.float32)
        return Embedded("words", self.digest, vectors)
