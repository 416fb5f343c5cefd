"""`python -m nacre.monitoring.logs.process`: the process that follows logs. What it must know comes by standard input.

It reads files of Nacre and of sandboxes, which are the daemon's own user's, so it runs as that; it starts nothing,
listens nowhere, and gives way to whatever else the machine has to do.
"""

import json
import logging
import resource
import signal
import sys
from pathlib import Path

from nacre.engines.processes.yielding import give_way
from nacre.monitoring.logs.caps import Caps
from nacre.monitoring.logs.follower import Follower
from nacre.monitoring.logs.pushing import Push

_LOOK_EVERY_S = 0.5
_ENDS = {signal.SIGTERM, signal.SIGINT}


def main() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    told = json.load(sys.stdin)
    # They are waited for: a handler would run within what waits, and an event it sets there may never be let go of.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    give_way()
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    push = Push(told["push"]["url"], told["push"]["token"]) if told["push"] else None
    follower = Follower(Path(told["plan"]), Path(told["shelves"]), Caps(**told["caps"]), push)
    try:
        more = True
        while signal.sigtimedwait(_ENDS, 0.0 if more else _LOOK_EVERY_S) is None:
            more = follower.look()
        follower.look(quiet=True)
    finally:
        follower.close()
        if push is not None:
            push.close()


if __name__ == "__main__":
    main()
