"""The process that hands messages over: `python -m nacre.monitoring.alerts.sending`, JSON in, JSON out.

Apprise speaks to mail servers, chats and web hooks. It takes memory that the daemon would keep, and waits for others'
servers: so it runs apart. Addresses hold passwords, and so come by standard input and never as arguments.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

_PATIENCE_S = 30


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


def main() -> int:
    asked = json.load(sys.stdin)
    json.dump(handed_over(asked["addresses"], Message(asked["title"], asked["body"])), sys.stdout)
    return 0


def handed_over(addresses: Mapping[str, str], message: Message) -> dict[str, str]:
    """As `send`, in this process."""
    from apprise import Apprise

    answers = {}
    for name, address in addresses.items():
        said = _Said()
        logger = logging.getLogger("apprise")
        logger.addHandler(said)
        channel = Apprise()
        if not channel.add(address):
            answers[name] = "no channel has an address of this form"
        elif channel.notify(title=message.title, body=message.body):
            answers[name] = ""
        else:
            answers[name] = said.last or "it was not taken"
        logger.removeHandler(said)
    return answers


class _Said(logging.Handler):
    """What the library says of a failure."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()[:300]


if __name__ == "__main__":
    sys.exit(main())
