"""Server-sent events, taken apart as they arrive (WHATWG HTML, section 9.2.6)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """`name` is "message" where the server gave none."""

    name: str
    data: str


class EventParser:
    """Takes bytes cut anywhere, gives the events that are complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = ""
        self._data: list[str] = []

    @property
    def unfinished_bytes(self) -> int:
        return len(self._rest) + sum(map(len, self._data))

    def feed(self, piece: bytes) -> list[Event]:
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        events = []
        for line in lines:
            event = self._line(line.removesuffix(b"\r").decode(errors="replace"))
            if event is not None:
                events.append(event)
        return events

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        return None

    def _dispatch(self) -> Event | None:
        name, data = self._name or "message", self._data
        self._name, self._data = "", []
        return Event(name, "\n".join(data)) if data else None
