"""Embeddings by sentence-transformers, where somebody has installed it: thousands of models, many of them multilingual.

It brings PyTorch, a gigabyte, so it is no part of Nacre. Models are named as it names them (a name on Hugging Face, or
a folder of this machine), are fetched by it at their first use, and stay loaded.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from nacre.engines.models.embeds_only import EmbedsOnly
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.turns import Turns

_PACKAGE = "sentence_transformers"
_BATCH_TEXTS = 32


class SentenceTransformers(EmbedsOnly):
    """Works in one thread: PyTorch shares each batch among the cores itself."""

    def __init__(self) -> None:
        super().__init__("sentence-transformers", Turns("sentence-transformers"))
        self._loaded: dict[str, Any] = {}

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        if find_spec(_PACKAGE) is None:
            raise ModelError(
                Kind.DOWN,
                "sentence-transformers is not installed.",
                hint="Install it into the folder of plugins: uv pip install --target NACRE_HOME/llm/plugins "
                "sentence-transformers",
            )
        # Texts of one length make full batches.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        batches = (order[first : first + _BATCH_TEXTS] for first in range(0, len(order), _BATCH_TEXTS))
        return await self._in_batches(
            len(texts), batches, lambda batch: self._encode(model, [texts[at] for at in batch])
        )

    async def models(self) -> list[str]:
        """Those that are loaded: which there are to be fetched nobody can list."""
        return list(self._loaded)

    def _encode(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        try:
            encoder = self._loaded.get(model)
            if encoder is None:
                encoder = self._loaded[model] = import_module(_PACKAGE).SentenceTransformer(model)
            found = encoder.encode(list(texts), batch_size=_BATCH_TEXTS, show_progress_bar=False)
        except Exception as error:  # the library raises whatever the libraries below it do
            raise ModelError(
                Kind.DOWN,
                f"sentence-transformers failed with {model}: {type(error).__name__}: {str(error)[:300]}",
                hint="Check the model's name, and whether this machine may fetch it.",
            ) from error
        return [[float(number) for number in vector] for vector in found]
