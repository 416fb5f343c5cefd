"""Passages scored by a language model, as part of Nacre: paid, kept within budgets and written down as any call is."""

from collections.abc import Sequence
from typing import Any

from nacre.engines.models.provider import Message
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.prompt import Options, Prompt
from nacre.llm.sets.data import marked
from nacre.llm.talking.structured import ask_for_json

_CHARACTERS = 1500
"""Of each passage, so that fifty fit into what every model reads."""

_RULES = (
    "You judge how well passages answer a query. Give each item a score: 10 answers the query fully, 5 holds a part of "
    "the answer, 0 has nothing to do with it. Judge by what the passages say, in whichever language, and score all."
)
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "scores": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"item": {"type": "integer"}, "score": {"type": "number"}},
                "required": ["item", "score"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["scores"],
    "additionalProperties": False,
}


async def scores_by_model(
    desk: Desk, caller: Caller, query: str, passages: Sequence[str], model: str | None, timeout_s: float
) -> list[float]:
    """One from 0 to 10 for each passage; 0 for one that the model left out. Raises as `ask_for_json` does."""
    rule, data = marked([passage[:_CHARACTERS] for passage in passages])
    messages = Message("system", f"{_RULES}\n\n{rule}"), Message("user", f"{data}\n\nThe query: {query}")
    prompt = Prompt(messages, "rerank", model, Options(temperature=0, timeout_s=timeout_s))
    _, value = await ask_for_json(desk, caller, prompt, _SCHEMA)
    given = {one["item"]: float(one["score"]) for one in value["scores"]}
    return [given.get(number, 0.0) for number in range(1, len(passages) + 1)]
