"""One summary of many texts: of as many as fit at once, and then of those summaries, until it is one."""

import asyncio
from collections.abc import Sequence

from nacre.engines.models.provider import Message
from nacre.engines.models.tokens import estimate_tokens
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.embedding.chunking import Chunking, chunks
from nacre.llm.embedding.tokens import token_offsets
from nacre.llm.prompt import Prompt
from nacre.llm.sets.data import marked
from nacre.llm.together import together

_USUAL_CONTEXT = 8192
_SHARE = 0.5
"""Of a model's context for the texts: the rest is for what is asked, the answer, and tokens counted wrong."""

_AT_ONCE = 8
_WORDS = 150


async def summarize(desk: Desk, caller: Caller, texts: Sequence[str], instruction: str, model: str | None) -> str:
    """A summary of all texts together. Raises whatever the model answers."""
    room = _room(desk, caller, model)
    while True:
        groups = grouped([part for text in texts for part in _parts(text, room)], room)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(group: Sequence[str], turns: asyncio.Semaphore = turns) -> str:
            async with turns:
                return await _summary(desk, caller, group, instruction, model)

        texts = await together(one(group) for group in groups)
        if len(texts) == 1:
            return texts[0]


def grouped(texts: Sequence[str], room: int) -> list[list[str]]:
    """Runs of texts of so many tokens together, of two at least, so that every round leaves fewer."""
    groups: list[list[str]] = []
    used = 0
    for text in texts:
        tokens = estimate_tokens(text)
        if not groups or (used + tokens > room and len(groups[-1]) > 1):
            groups.append([])
            used = 0
        groups[-1].append(text)
        used += tokens
    return groups


def _parts(text: str, room: int) -> list[str]:
    """A text that is too long by itself comes in parts of half the room."""
    if estimate_tokens(text) * 2 <= room:
        return [text]
    return [chunk.text for chunk in chunks(text, Chunking(size=max(room // 2, 20), overlap=0), token_offsets)]


async def _summary(desk: Desk, caller: Caller, texts: Sequence[str], instruction: str, model: str | None) -> str:
    rule, data = marked(texts)
    asked = f"Summarise what these {len(texts)} texts say together, in at most {_WORDS} words. {instruction}".strip()
    messages = (Message("system", rule), Message("user", f"{asked} Answer with the summary alone.\n\n{data}"))
    return (await desk.ask(caller, Prompt(messages, "summarize_agg", model))).text


def _room(desk: Desk, caller: Caller, model: str | None) -> int:
    found = desk.models.find(caller.scope, model, "chat")
    tiers = desk.models.tiers(caller.scope, found)
    return int(min(one.options.context or _USUAL_CONTEXT for tier in tiers for one in tier) * _SHARE)
