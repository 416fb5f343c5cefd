"""`python -m nacre.monitoring.logs.process`: the process that follows logs. What it must know comes by standard input.

It reads files of Nacre and of sandboxes, which are the daemon's own user's, so it runs as that; it starts nothing,
listens nowhere, and gives way to whatever else the machine has to do.
"""

import json
import logging
import resource
import signal
import sys
import threading
from pathlib import Path

from nacre.engines.processes.yielding import give_way
from nacre.monitoring.logs.caps import Caps
from nacre.monitoring.logs.follower import Follower
from nacre.monitoring.logs.pushing import Push

_LOOK_EVERY_S = 0.5


def main() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    told = json.load(sys.stdin)
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    give_way()
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    push = Push(told["push"]["url"], told["push"]["token"]) if told["push"] else None
    follower = Follower(Path(told["plan"]), Path(told["shelves"]), Caps(**told["caps"]), push)
    try:
        while not ending.is_set():
            if not follower.look():
                ending.wait(_LOOK_EVERY_S)
        follower.look(quiet=True)
    finally:
        follower.close()
        if push is not None:
            push.close()


if __name__ == "__main__":
    main()
