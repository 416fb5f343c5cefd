"""The lines of git's own protocols: four hexadecimal digits of length, then what it says. (gitprotocol-common(5))"""

from dataclasses import dataclass

from nacre.core.errors import InvalidInput

FLUSH = b"0000"
_LONGEST = 65_520
_TO_PERSON = 2
"""The side band whose words the client shows to whoever called it. (gitprotocol-pack(5))"""

NOTHING = "0" * 40


@dataclass(frozen=True)
class RefCommand:
    """One line of a push: a ref goes from one commit to another, all zeros where there is none before or after."""

    old: str
    new: str
    ref: str

    @property
    def deletes(self) -> bool:
        return not self.new.strip("0")

    @property
    def branch(self) -> str | None:
        """The git branch that this is about, if it is one."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else None


@dataclass(frozen=True)
class PushHead:
    """What a push begins with, and what the client can take."""

    commands: tuple[RefCommand, ...]
    capabilities: frozenset[str]

    @property
    def side_band(self) -> bool:
        return "side-band-64k" in self.capabilities


def line(said: bytes) -> bytes:
    return b"%04x" % (len(said) + 4) + said


def to_person(words: str) -> bytes:
    """A line that the client shows, after “remote: ”."""
    said = bytes([_TO_PERSON]) + words.replace("\n", " ").encode(errors="replace")[:1000] + b"\n"
    return line(said)


def read_push(begun: bytes) -> PushHead | None:
    """What the beginning of a request to receive-pack says; None when more of it is needed.

    Raises InvalidInput "bad-push".
    """
    commands: list[RefCommand] = []
    capabilities: frozenset[str] = frozenset()
    at = 0
    while True:
        if len(begun) < at + 4:
            return None
        length = _length(begun[at : at + 4])
        if length == 0:
            return PushHead(tuple(commands), capabilities)
        if length < 4:
            raise _bad()
        if len(begun) < at + length:
            return None
        said, _, after = begun[at + 4 : at + length].rstrip(b"\n").partition(b"\0")
        at += length
        if after:
            capabilities = frozenset(after.decode(errors="replace").split())
        if said.startswith(b"shallow "):
            continue
        words = said.decode(errors="replace").split(" ")
        if len(words) != 3 or not all(_is_name(word) for word in words[:2]):
            raise _bad()
        commands.append(RefCommand(*words))


class HeldEnd:
    """Passes an answer on as it comes, but keeps the line that ends it, so that something can be said before."""

    def __init__(self) -> None:
        self._torn = b""
        self._end = b""

    def passed(self, piece: bytes) -> bytes:
        """What of the answer up to here may go out."""
        data, out, at = self._torn + piece, bytearray(), 0
        while len(data) >= at + 4:
            length = _length(data[at : at + 4])
            if length > 4 and len(data) < at + length:
                break
            size = max(length, 4)
            out += self._end
            self._end = b""
            if length == 0:
                self._end = FLUSH
            else:
                out += data[at : at + size]
            at += size
        self._torn = data[at:]
        return bytes(out)

    def rest(self) -> bytes:
        """What was kept."""
        return self._torn + self._end


def _length(digits: bytes) -> int:
    try:
        length = int(digits, 16)
    except ValueError:
        raise _bad() from None
    if length > _LONGEST:
        raise _bad()
    return length


def _is_name(word: str) -> bool:
    return len(word) in (40, 64) and all(letter in "0123456789abcdef" for letter in word)


def _bad() -> InvalidInput:
    return InvalidInput("bad-push", "This is no push as git makes them.", hint="Use the git client: `git push`.")
