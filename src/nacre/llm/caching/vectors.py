"""Embeddings of texts that come again, such as questions: kept in memory, as they are cheap to make anew."""

from array import array
from collections import OrderedDict
from collections.abc import Sequence

_MOST = 4096
_FEW = 8
"""More texts at once are a table being embedded, of which none comes again soon."""


class Vectors:
    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], array[float]] = OrderedDict()

    def get(self, sharing: str, digest: str, text: str) -> list[float] | None:
        """The vector of a text by the model of that digest, to the precision of a float of 32 bits.

        `sharing`: who shares it. To others it would tell that somebody asked.
        """
        found = self._kept.get((sharing, digest, text))
        if found is None:
            return None
        self._kept.move_to_end((sharing, digest, text))
        return found.tolist()

    def put(self, sharing: str, digest: str, texts: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        if len(texts) > _FEW:
            return
        for text, vector in zip(texts, vectors, strict=True):
            self._kept[sharing, digest, text] = array("f", vector)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
