"""The runners of a machine that joined: begun together, and ended in good order, with what they hold given back."""

import threading
from collections.abc import Callable, Mapping

import structlog

from nacre.core.errors import Unavailable
from nacre.jobs.lease import Pauses
from nacre.jobs.worker import Runner, Work
from nacre.nodes.messages import Hello
from nacre.nodes.remote import RemoteQueue

_GIVE_BACK_S = 45.0
"""Longer than a lease: by then what could not be given back is lost."""

_LOOK_EVERY_S = 0.2
_log = structlog.get_logger()


def run_runners(
    queue: RemoteQueue,
    works: Mapping[str, Work],
    slots: list[str],
    stop: threading.Event,
    joined: Callable[[Hello], None],
) -> None:
    """Do jobs of the kinds in `works`, one in each slot, until `stop` is set. `joined` is told who this is there.

    While nobody answers it goes on asking. Raises what the control plane refuses this node with.
    """
    hello = _greeted(queue, stop)
    if hello is None:
        return
    joined(hello)
    runners = [Runner(queue, works, slot) for slot in slots]
    for runner in runners:
        runner.start()
    while not stop.is_set() and not all(runner.ended.is_set() for runner in runners):
        stop.wait(_LOOK_EVERY_S)
    _leave(runners)
    refused = next((runner.refused for runner in runners if runner.refused is not None), None)
    if refused is not None:
        raise refused


def _greeted(queue: RemoteQueue, stop: threading.Event) -> Hello | None:
    pauses = Pauses()
    while not stop.is_set():
        try:
            return queue.hello()
        except Unavailable as error:
            _log.warning("not joined yet", why=error.message)
            stop.wait(pauses.next_s())
    return None


def _leave(runners: list[Runner]) -> None:
    """One that only waits for work is not waited for: its question ends with this process."""
    for runner in runners:
        runner.leave()
    for runner in runners:
        if runner.busy:
            runner.ended.wait(_GIVE_BACK_S)


def slots_of(name: str, count: int) -> list[str]:
    """What tells the runners of a node apart: numbers, after the name of this process if it has one."""
    return [f"{name}-{number}" if name else str(number) for number in range(1, count + 1)]
