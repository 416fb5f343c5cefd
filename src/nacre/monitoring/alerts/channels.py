"""Where alerts are sent: mail, chats, web hooks, each by an address of the form that Apprise knows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, delete, insert, select, update

from nacre.core.clock import Clock
from nacre.core.errors import Failed, InvalidInput, NotFound
from nacre.core.names import check_slug
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.monitoring.alerts.rules import Level
from nacre.monitoring.alerts.sending import Message
from nacre.monitoring.alerts.tables import channels
from nacre.monitoring.alerts.versioned import Versioned

_PURPOSE = "alert channel"
_MOST_TRIES = 60
Send = Callable[[Mapping[str, str], Message], dict[str, str]]


class Channel(Answer):
    """`address` without what is secret in it. It is told of alerts from `least_level` on."""

    name: str
    address: str
    least_level: Level
    enabled: bool
    made_by: str
    last_sent_at: datetime | None
    last_error: str


@dataclass
class Channels(Versioned):
    """Called from any thread. `send` hands messages over, and is quicker at that a little after `ready`."""

    store: Store
    box: SecretBox
    clock: Clock
    send: Send
    ready: Callable[[], None] = lambda: None

    def all(self) -> list[Channel]:
        with self.store.read() as connection:
            return [_channel(row) for row in connection.execute(select(channels).order_by(channels.c.name))]

    def add(self, who: Principal, name: str, address: str, least_level: Level) -> Channel:
        """In place of one of this name; it is to catch up on what fires.

        Raises InvalidInput "bad-name", "bad-address".
        """
        check_slug(name, "channel")
        scheme, found, rest = address.partition("://")
        if not found or not scheme.replace("+", "").isalnum() or not rest:
            raise InvalidInput(
                "bad-address",
                "This is no address of a channel.",
                hint="Write it like mailto://user:password@example.org, slack://token-a/token-b/token-c, "
                "json://host/path: https://appriseit.com lists them.",
            )
        values = {
            "sealed": self.box.seal(address, _PURPOSE), "shown": f"{scheme}://…", "least_level": least_level.value,
            "enabled": True, "made_by": str(who), "last_error": "", "catch_up_tries": _MOST_TRIES,
        }  # fmt: skip
        with self.change() as connection:
            connection.execute(delete(channels).where(channels.c.name == name))
            made = connection.execute(insert(channels).values(name=name, **values).returning(channels)).one()
        return _channel(made)

    def remove(self, name: str) -> Channel:
        """Raises NotFound "channel-not-found"."""
        with self.change() as connection:
            row = connection.execute(delete(channels).where(channels.c.name == name).returning(channels)).one_or_none()
        if row is None:
            raise _not_found(name)
        return _channel(row)

    def test(self, name: str) -> Channel:
        """Send a message that says that it is a test. Raises NotFound "channel-not-found", Failed "not-sent"."""
        addresses = self._addresses([name])
        if not addresses:
            raise _not_found(name)
        errors = self._sent(addresses, Message("✅ Nacre reaches this channel", "This is a test. Nothing is wrong."))
        if errors[name]:
            raise Failed("not-sent", f"“{name}” did not take the message: {errors[name]}.", hint="Check its address.")
        return next(one for one in self.all() if one.name == name)

    def by_level(self) -> dict[Level, list[str]]:
        """The channels that are on, by the level from which on they are told."""
        found: dict[Level, list[str]] = {}
        for channel in self.all():
            if channel.enabled:
                found.setdefault(channel.least_level, []).append(channel.name)
        return found

    def catching_up(self) -> list[Channel]:
        """Those that were not told yet what fired already when they were added."""
        with self.store.read() as connection:
            rows = connection.execute(select(channels).where(channels.c.catch_up_tries > 0)).all()
        return [_channel(row) for row in rows if row.enabled]

    def catch_up(self, name: str, message: Message | None) -> None:
        """Tell it what fires; what it does not take is to be tried again, for a while. None where nothing does."""
        taken = message is None or not self.tell([name], message).get(name)
        left = 0 if taken else channels.c.catch_up_tries - 1
        with self.change() as connection:
            connection.execute(update(channels).where(channels.c.name == name).values(catch_up_tries=left))

    def tell(self, names: Sequence[str], message: Message) -> dict[str, str]:
        """By the name of each channel an empty text, or why it did not take the message."""
        return self._sent(self._addresses(names), message)

    def get_ready(self, level: Level) -> None:
        """Something of this level may soon have to be told."""
        if any(level.rank >= least.rank for least in self.by_level()):
            self.ready()

    def _addresses(self, names: Sequence[str]) -> dict[str, str]:
        with self.store.read() as connection:
            rows = connection.execute(select(channels).where(channels.c.name.in_(names))).all()
        return {row.name: self.box.open(row.sealed, _PURPOSE) for row in rows}

    def _sent(self, addresses: Mapping[str, str], message: Message) -> dict[str, str]:
        errors, now = self.send(addresses, message), self.clock()
        with self.change() as connection:
            for name, error in errors.items():
                sent = {} if error else {"last_sent_at": now}
                connection.execute(update(channels).where(channels.c.name == name).values(last_error=error, **sent))
        return errors


def _channel(row: Row[tuple[object, ...]]) -> Channel:
    return Channel.model_validate({**row._mapping, "address": row.shown})


def _not_found(name: str) -> NotFound:
    return NotFound(
        "channel-not-found", f"There is no channel “{name}”.", hint="`nacre alert channel list` shows those there are."
    )
