"""A daemon that publishes one release after the other until it is killed: `publisher.py HOME IMAGES`.

It is told on its input when to begin, and with which: to load it takes seconds.
"""

import asyncio
import sys
from pathlib import Path

from tests.integration.runtime.conftest import Pictures, Rig, runtime_on

from nacre.core.settings import load
from nacre.core.store.store import Store
from nacre.engines.processes.supervisor import Supervisor


async def main(home: str, images: str) -> None:
    first = int(sys.stdin.readline())
    settings, _ = load({"NACRE_HOME": home}, {})
    pictures, store, supervisor = Pictures(Path(images)), Store(Path(home) / "data.db"), Supervisor()
    runtime = runtime_on(settings, pictures, store, supervisor)
    await asyncio.to_thread(runtime.resume)
    rig = Rig(settings, pictures, runtime, supervisor, store)
    for release in range(first, first + 1000):
        await rig.publish("shop", release)
        print(release, flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2]))
