"""Waits for a claim, in a thread or on an event loop: asked for anew whenever something about jobs has changed."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from anyio.to_thread import run_sync

from nacre.jobs.job import Claim
from nacre.jobs.jobs import Jobs

Ask = Callable[[], Claim | None]


def wait_for_claim(jobs: Jobs, ask: Ask, claim_key: str, wait_s: float) -> Claim | None:
    """What `ask` gets within `wait_s`; None if nothing, at once if the key is spent.

    Raises Unavailable "control-plane-stops".
    """
    until = time.monotonic() + wait_s
    changed = threading.Event()
    with jobs.changes.heard_by(changed.set):
        while True:
            changed.clear()
            claim, left_s = ask(), until - time.monotonic()
            if claim is not None or left_s <= 0 or jobs.spent(claim_key):
                return claim
            jobs.require_open()
            changed.wait(min(left_s, jobs.look_again_s()))


async def wait_for_claim_on_loop(
    jobs: Jobs, ask: Ask, claim_key: str, wait_s: float, gone: "asyncio.Future[None]"
) -> Claim | None:
    """As `wait_for_claim`, holding no thread while nothing happens, and no longer than until `gone` is done."""
    loop = asyncio.get_running_loop()
    until = loop.time() + wait_s
    changed = asyncio.Event()
    gone.add_done_callback(lambda _: changed.set())
    with jobs.changes.heard_by(lambda: loop.call_soon_threadsafe(changed.set)):
        while True:
            changed.clear()
            claim, left_s = await run_sync(ask), until - loop.time()
            if claim is not None or left_s <= 0 or gone.done() or await run_sync(jobs.spent, claim_key):
                return claim
            jobs.require_open()
            again_s = await run_sync(jobs.look_again_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left_s, again_s)):
                    await changed.wait()
