"""The process that hands messages over: `python -m nacre.monitoring.alerts.sending`, a line of JSON in, one out.

Apprise speaks to mail servers, chats and web hooks. It takes memory that the daemon would keep, and waits for others'
servers: so it runs apart. Addresses hold passwords, and so come by standard input and never as arguments. To load it
takes more than half a second of a processor: so the process stays for a while, and begins before it is needed
(messenger.py). It goes when nobody speaks to it any more, and at once when whoever began it is gone.
"""

import json
import logging
import os
import select
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from nacre.monitoring.alerts.bounds import keep_in_bounds

if TYPE_CHECKING:
    from apprise import Apprise

STAYS_S = 90.0
"""After the last line. Longer than from one look to the next, so that it is still there when a hold is over."""

_PATIENCE_OF_EACH_S = 20.0
"""Less than that of whoever waits for all of them, with room for the process to begin."""

_told_of: ContextVar[str] = ContextVar("channel", default="")


@dataclass(frozen=True)
class Message:
    title: str
    body: str


def main() -> NoReturn:
    _load()
    unread = b""
    while select.select([0], [], [], STAYS_S)[0] and (data := os.read(0, 1 << 16)):
        *lines, unread = (unread + data).split(b"\n")
        for line in filter(None, lines):  # an empty one only asks it to stay
            threading.Thread(target=_answer, args=(line,)).start()
    os._exit(0)  # whoever hangs still is not waited for


def _load() -> None:
    from apprise import Apprise

    Apprise().add("json://localhost/")  # by which it loads all that it knows
    keep_in_bounds()


def _answer(line: bytes) -> None:
    asked = json.loads(line)
    told = handed_over(asked["addresses"], Message(asked["title"], asked["body"]))
    os.write(1, json.dumps(told).encode() + b"\n")


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
