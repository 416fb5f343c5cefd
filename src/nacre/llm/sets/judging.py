"""Asks a model the same of many texts: as few calls as they fit in, every answer checked, what failed asked again."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nacre.core.errors import NacreError
from nacre.engines.models.provider import Message
from nacre.llm.caching.answers import Answered, key_of
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import Json
from nacre.llm.prompt import Prompt
from nacre.llm.sets.data import marked
from nacre.llm.talking.structured import ask_for_json, follows, read_json

_ITEMS = 16
_CHARACTERS = 12_000
_AT_ONCE = 8
_SPOILT = ("bad-answer", "context-too-long", "refused-by-provider")
"""What one text can do to the others of its batch."""

Answer = tuple[Json, str]
"""What was answered, and the model that did."""


@dataclass(frozen=True)
class Question:
    """What is asked of each text. `schema` is that of one answer."""

    purpose: str
    instruction: str
    schema: Mapping[str, Any]
    model: str | None = None


async def judge(desk: Desk, caller: Caller, question: Question, texts: Sequence[str | None]) -> list[Json]:
    """The answer for each text, in their order; None for None. The same text is asked about once.

    Raises whatever the model answers; Failed "bad-answer" (LM010) when a text by itself gets no answer that follows
    the schema. What was answered until then is remembered.
    """
    keys = {text: _key(desk, caller, question, text) for text in texts if text is not None}
    answers = {text: json.loads(kept.text) for text, key in keys.items() if (kept := desk.answers.get(key))}

    def keep(found: Mapping[str, Answer]) -> None:
        for text, (answer, model) in found.items():
            answers[text] = answer
            desk.answers.put(keys[text], caller.scope, Answered(json.dumps(answer), model, "stop", 0, 0))

    batches = batched([text for text in keys if text not in answers], _ITEMS)
    await _each(batches, lambda batch: _together(desk, caller, question, batch), keep)
    alone = [[text] for text in keys if text not in answers]
    await _each(alone, lambda batch: _alone(desk, caller, question, batch[0]), keep)
    return [None if text is None else answers[text] for text in texts]


def batched(texts: Sequence[str], most: int, characters: int = _CHARACTERS) -> list[list[str]]:
    """Runs of at most so many texts, and of so many characters where it is more than one."""
    batches: list[list[str]] = []
    size = 0
    for text in texts:
        if not batches or len(batches[-1]) >= most or size + len(text) > characters:
            batches.append([])
            size = 0
        batches[-1].append(text)
        size += len(text)
    return batches


async def _each(
    batches: Sequence[list[str]],
    ask: Callable[[list[str]], Awaitable[Mapping[str, Answer]]],
    keep: Callable[[Mapping[str, Answer]], None],
) -> None:
    """A few at once. When one fails the others are still heard, and what they say is kept."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(batch: list[str]) -> None:
        async with turns:
            keep(await ask(batch))

    for failed in await asyncio.gather(*[one(batch) for batch in batches], return_exceptions=True):
        if failed is not None:
            raise failed


async def _together(desk: Desk, caller: Caller, question: Question, texts: list[str]) -> dict[str, Answer]:
    """The answers of a batch that follow the schema. Those that do not are asked for again, one by one."""
    numbered = _object(item={"type": "integer"}, answer=question.schema)
    schema = _object(answers={"type": "array", "items": numbered})
    try:
        reply = await desk.ask(caller, replace(_prompt(question, texts), schema=schema))
        value = read_json(reply.text)["answers"]
        return {
            texts[each["item"] - 1]: (each["answer"], reply.model)
            for each in value
            if each["item"] in range(1, len(texts) + 1) and follows(each["answer"], question.schema)
        }
    except NacreError as error:
        if error.code not in _SPOILT:
            raise
    except (ValueError, TypeError, KeyError):
        pass
    return {}


async def _alone(desk: Desk, caller: Caller, question: Question, text: str) -> dict[str, Answer]:
    reply, value = await ask_for_json(desk, caller, _prompt(question, [text]), _object(answer=question.schema))
    return {text: (value["answer"], reply.model)}


def _prompt(question: Question, texts: Sequence[str]) -> Prompt:
    rule, data = marked(texts)
    messages = (
        Message("system", f"{rule}\nAnswer for each item by itself, as JSON."),
        Message("user", f"{question.instruction}\n\n{data}"),
    )
    return Prompt(messages, question.purpose, question.model)


def _object(**properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with exactly these properties."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _key(desk: Desk, caller: Caller, question: Question, text: str) -> bytes:
    model = desk.models.find(caller.scope, question.model, "chat")
    tiers = desk.models.tiers(caller.scope, model)
    targets = [(one.provider, one.model, one.base_url) for tier in tiers for one in tier]
    asked = [("system", question.purpose), ("user", question.instruction), ("data", text)]
    return key_of(caller.sharing, targets, asked, {"schema": question.schema})
