"""The process that hands messages over: `python -m nacre.monitoring.alerts.sending`, JSON in, JSON out.

Apprise speaks to mail servers, chats and web hooks. It takes memory that the daemon would keep, and waits for others'
servers: so it runs apart. Addresses hold passwords, and so come by standard input and never as arguments.
"""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from apprise import Apprise

_PATIENCE_S = 30
_PATIENCE_OF_EACH_S = 20.0
"""Less than that of whoever waits for all of them, with room for the process to begin."""

_told_of: ContextVar[str] = ContextVar("channel", default="")


@dataclass(frozen=True)
class Message:
    title: str
    body: str


def send(addresses: Mapping[str, str], message: Message) -> dict[str, str]:
    """Hand a message to each of these channels: by its name, an empty text, or why it could not be."""
    asked = {"addresses": dict(addresses), "title": message.title, "body": message.body}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "nacre.monitoring.alerts.sending"],
            input=json.dumps(asked).encode(), capture_output=True, timeout=_PATIENCE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return dict.fromkeys(addresses, f"it took longer than {_PATIENCE_S} s")
    if done.returncode != 0:
        return dict.fromkeys(addresses, "the process that sends has failed")
    told: dict[str, str] = json.loads(done.stdout)
    return told


def main() -> NoReturn:
    asked = json.load(sys.stdin)
    json.dump(handed_over(asked["addresses"], Message(asked["title"], asked["body"])), sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # whoever hangs still is not waited for


def handed_over(addresses: Mapping[str, str], message: Message) -> dict[str, str]:
    """As `send`, in this process; to all at once, so that one that hangs keeps no other from being told of as sent."""
    from apprise import Apprise

    answers = dict.fromkeys(addresses, f"it took longer than {_PATIENCE_OF_EACH_S:g} s")
    sending = []
    for name, address in addresses.items():
        channel = Apprise()
        if channel.add(address):
            sending.append(threading.Thread(target=_notify, args=(channel, message, name, answers), daemon=True))
        else:
            answers[name] = "no channel has an address of this form"
    for each in sending:
        each.start()
    end_s = time.monotonic() + _PATIENCE_OF_EACH_S
    for each in sending:
        each.join(max(end_s - time.monotonic(), 0.0))
    return dict(answers)


def _notify(channel: "Apprise", message: Message, name: str, answers: dict[str, str]) -> None:
    _told_of.set(name)  # also in the threads of the library's own
    said, logger = _Said(name), logging.getLogger("apprise")
    logger.addHandler(said)
    try:
        taken = channel.notify(title=message.title, body=message.body)
        answers[name] = "" if taken else said.last or "it was not taken"
    except Exception as error:  # whatever one channel has, the others are told of as they are
        answers[name] = f"{type(error).__name__}: {error}"[:300]
    finally:
        logger.removeHandler(said)


class _Said(logging.Handler):
    """What the library says of a failure of one channel."""

    def __init__(self, channel: str) -> None:
        super().__init__(logging.WARNING)
        self._channel = channel
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        if _told_of.get() == self._channel:
            self.last = record.getMessage()[:300]


if __name__ == "__main__":
    main()
