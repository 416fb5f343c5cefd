"""What a call may cost at most, before anybody knows what it will."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from nacre.engines.models.provider import ChatRequest
from nacre.engines.models.tokens import estimate_tokens
from nacre.llm.models.model import Model

_USUAL_MOST = 4096
"""How many tokens an answer is taken to have at most, where neither the caller nor the model says."""

_SCHEMA_TOKENS = 600
"""What is said around a schema, in words or as a tool: at Anthropic some 350 tokens."""

_FRAME_TOKENS = 16
"""What a provider adds around each message, generously."""


@dataclass(frozen=True)
class Cost:
    """`input_tokens` is the likely number, for the record; `most` in billionths of a dollar holds for any tokenizer."""

    input_tokens: int
    output_tokens: int
    most: int


def cost_of(request: ChatRequest, models: Sequence[Model], left: int | None) -> tuple[Cost, int | None]:
    """What the call may cost with the dearest of the models, and the limit of tokens that makes it so.

    A token is at least a byte, so bytes bound the prompt. `left` is what budgets leave, None without any: only then an
    answer goes without a limit of its own, and else it is cut to what is left where the caller set none.
    """
    texts = [message.content for message in request.messages]
    schema = json.dumps(request.schema) if request.schema else ""
    beside = json.dumps([*request.stop, request.extra])
    likely = sum(estimate_tokens(text) for text in texts) + estimate_tokens(schema)
    bound = sum(len(text.encode(errors="replace")) + _FRAME_TOKENS for text in texts) + len(beside)
    if schema:
        bound += len(schema) + _SCHEMA_TOKENS
    limit = request.max_tokens
    output = limit or min(model.options.max_output or _USUAL_MOST for model in models)
    if left is not None and limit is None:
        limit = output = _affordable(models, bound, output, left)
    return Cost(likely, output, max(model.cost(bound, output) for model in models)), limit


def _affordable(models: Sequence[Model], bound: int, output: int, left: int) -> int:
    """How many tokens of an answer there is money for with the dearest model: what is asked, or fewer, at least 1."""
    for model in models:
        price = model.cost(0, 1_000_000)
        if price and model.cost(bound, output) > left:
            output = max(1, min(output, (left - model.cost(bound, 0)) * 1_000_000 // price - 1))
    return output
