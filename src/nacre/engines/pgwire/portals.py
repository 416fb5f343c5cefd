"""Portals: statements with their parameters, and as much of their answers as has not been sent."""

import struct
from dataclasses import dataclass

from nacre.engines.pgwire.backend import Column, Row
from nacre.engines.pgwire.errors import SqlError
from nacre.engines.pgwire.messages import Reader, decoded
from nacre.engines.pgwire.statements import Statement
from nacre.engines.pgwire.talk import MOST_KEPT, MOST_KEPT_BYTES, Answer, Prepared, close

_INTEGERS = {20: "!q", 21: "!h", 23: "!i"}
"""Types that clients send numbers as, with their binary form."""
_TEXT, _BINARY = 0, 1


@dataclass
class Portal:
    """`columns` as they were before it ran. `sent` counts rows."""

    statement: Statement | None
    parameters: Row = ()
    formats: tuple[int, ...] = ()
    columns: tuple[Column, ...] = ()
    answer: Answer | None = None
    sent: int = 0

    @property
    def size(self) -> int:
        return sum(len(each) for each in self.parameters if each is not None)

    async def end(self) -> None:
        """Nobody wants more of it. What is a cursor's stays."""
        if self.answer is not None and self.answer.rows is not None and not self.answer.lasts:
            await close(self.answer.rows)


class Portals:
    """Those of one connection, by name. There is one without a name, which the next takes the place of."""

    def __init__(self) -> None:
        self._portals: dict[str, Portal] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._portals

    def get(self, name: str) -> Portal:
        """Raises SqlError 34000."""
        if name not in self._portals:
            raise SqlError("34000", f"There is no portal “{name:.80}”.")
        return self._portals[name]

    async def put(self, name: str, portal: Portal) -> None:
        """Raises SqlError 42P03, 54000."""
        await self.drop("")
        if name:
            if name in self._portals:
                raise SqlError("42P03", f"There is a portal “{name:.80}” already.")
            kept_bytes = portal.size + sum(each.size for each in self._portals.values())
            if len(self._portals) >= MOST_KEPT or kept_bytes > MOST_KEPT_BYTES:
                raise SqlError("54000", "There are too many portals.", hint="Close those that are read.")
        self._portals[name] = portal

    async def drop(self, name: str) -> None:
        portal = self._portals.pop(name, None)
        if portal is not None:
            await portal.end()

    async def drop_all(self) -> None:
        for name in list(self._portals):
            await self.drop(name)


def parameters_of(prepared: Prepared, said: Reader) -> Row:
    """The values of a Bind message, as text. Raises SqlError 08P01, 22P03, 22021."""
    formats = [said.int16() for _ in range(said.int16())]
    raw = [_value(said) for _ in range(said.int16())]
    if len(raw) != prepared.shape.parameters:
        raise SqlError("08P01", f"{len(raw)} parameters were given, {prepared.shape.parameters} are asked for.")
    if (len(formats) > 1 and len(formats) != len(raw)) or not {_TEXT, _BINARY}.issuperset(formats):
        raise SqlError("08P01", "The formats of the parameters do not fit them.")
    if len(formats) < 2:
        formats = (formats or [_TEXT]) * len(raw)
    oids = prepared.oids + (0,) * (len(raw) - len(prepared.oids))
    return tuple(_text(*each) for each in zip(raw, formats, oids, strict=False))


def _value(said: Reader) -> bytes | None:
    length = said.int32()
    return None if length == -1 else said.take(length)


def _text(raw: bytes | None, form: int, oid: int) -> str | None:
    if raw is None:
        return None
    if form == _BINARY and oid in _INTEGERS:
        number = struct.Struct(_INTEGERS[oid])
        if len(raw) != number.size:
            raise SqlError("22P03", "A number has the wrong length.")
        return str(number.unpack(raw)[0])
    return decoded(raw)
