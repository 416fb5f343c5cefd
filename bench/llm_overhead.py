"""What `SELECT llm.chat(…)` adds to the HTTP call that it makes, beside that same call made directly.

Promises, p50: at most 3 ms with one connection, at most 10 ms with 64 that ask at once. The provider is the tests' own,
in a process of its own, and thinks for a while before it answers, as providers do. Directly is by the client that the
side-car uses, too, with connections kept open; httpx takes a millisecond longer. No prompt is asked twice, so nothing
comes from the cache.
"""

import argparse
import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import uvloop

from bench._models import EACH, add_model, branches, connected, provider
from bench._nacre import running
from bench._place import home_on
from bench._result import Results
from nacre.engines.models.openai import OpenAICompatible
from nacre.engines.models.provider import ChatRequest, Config, Message

PROMISED_MS = {1: 3.0, 64: 10.0}
Ask = Callable[[str], Awaitable[None]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--thinks-ms", type=float, default=500)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--quick", action="store_true", help="one short round")
    given = arguments.parse_args()
    rounds = 1 if given.quick else given.rounds
    results = Results("llm_overhead", "llm.chat in SQL beside the same HTTP call made directly")
    results.note("the provider thinks for, ms", given.thinks_ms)
    with home_on("plain") as home, provider(given.thinks_ms) as fake, running(home) as nacre:
        urls = branches(nacre, -(-max(PROMISED_MS) // EACH))
        add_model(nacre, fake.url, concurrency=max(PROMISED_MS))
        for at_once, promised in PROMISED_MS.items():
            added = uvloop.run(measure(results, urls, fake.url, at_once, rounds, given.thinks_ms / 1000))
            results.add(f"{at_once} at once: added to the p50 of the direct call", added, "ms", promised)
    results.keep()


async def measure(results: Results, urls: list[str], url: str, at_once: int, rounds: int, thinks_s: float) -> float:
    """Round by round, so that a busy machine is as busy for both."""
    prompts = (f"question {number} of {at_once}" for number in itertools.count())
    async with AsyncExitStack() as stack:
        client = OpenAICompatible(Config(url, "x"))
        stack.push_async_callback(client.close)
        connections = [await stack.enter_async_context(connected(urls[n % len(urls)])) for n in range(at_once)]

        async def directly(prompt: str) -> None:
            answer = await client.chat(ChatRequest("fake-large", (Message("user", prompt),)))
            assert answer.text == f"You said: {prompt}"

        def by_sql(number: int) -> Ask:
            async def ask(prompt: str) -> None:
                row = await (await connections[number].execute("SELECT llm.chat(%s)", (prompt,))).fetchone()
                assert row == (f"You said: {prompt}",)

            return ask

        sql, direct = [by_sql(number) for number in range(at_once)], [directly] * at_once
        for asking in (sql, direct):  # so that plans are made, and statements prepared
            await latencies_ms(asking, prompts, 10 if at_once == 1 else 2, thinks_s)
        each = 20 if at_once == 1 else 8
        pairs = []
        for _ in range(rounds):
            ours = await latencies_ms(sql, prompts, each, thinks_s)
            pairs.append((ours, await latencies_ms(direct, prompts, each, thinks_s)))
    p50s = [(statistics.median(ours), statistics.median(theirs)) for ours, theirs in pairs]
    results.note(f"{at_once} at once, p50 by SQL and directly, ms", p50s)
    every = sorted(took for ours, _ in pairs for took in ours)
    results.note(f"{at_once} at once, p95 by SQL, ms", every[int(len(every) * 0.95)])
    return statistics.median(ours - theirs for ours, theirs in p50s)


async def latencies_ms(asking: list[Ask], prompts: Iterator[str], each: int, thinks_s: float) -> list[float]:
    """They begin within the time of one answer, evenly, and ask anew as soon as they are answered."""
    took: list[float] = []

    async def one(ask: Ask, start_s: float) -> None:
        await asyncio.sleep(start_s)
        for _ in range(each):
            prompt = next(prompts)
            began = time.perf_counter()
            await ask(prompt)
            took.append((time.perf_counter() - began) * 1000)

    async with asyncio.TaskGroup() as group:
        for number, ask in enumerate(asking):
            group.create_task(one(ask, number * thinks_s / len(asking)))
    return took


if __name__ == "__main__":
    main()
