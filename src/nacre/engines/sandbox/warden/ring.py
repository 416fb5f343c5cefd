"""The last of what a process said, by offset."""

from collections import deque

CAPACITY_BYTES = 256 << 10
_PIECE_BYTES = 8 << 10


class Ring:
    """Pieces of output, the oldest dropped beyond the capacity; offsets count from the first byte ever said."""

    def __init__(self, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self.end = 0
        self._capacity = capacity_bytes
        self._held = 0
        self._pieces: deque[tuple[int, int, bytearray]] = deque()  # offset of the first byte, kind, bytes

    def append(self, kind: int, data: bytes) -> None:
        """Add what was just said; small pieces of one kind grow together."""
        if self._pieces and self._pieces[-1][1] == kind and len(self._pieces[-1][2]) + len(data) <= _PIECE_BYTES:
            self._pieces[-1][2].extend(data)
        else:
            self._pieces.append((self.end, kind, bytearray(data)))
        self.end += len(data)
        self._held += len(data)
        while self._held > self._capacity and len(self._pieces) > 1:
            self._held -= len(self._pieces.popleft()[2])

    def after(self, offset: int) -> tuple[int, int, bytes] | None:
        """The first piece past `offset` that is still there: its kind, the offset after it, its bytes."""
        for start, kind, data in self._pieces:
            if start + len(data) > offset:
                return kind, start + len(data), bytes(data[max(0, offset - start) :])
        return None
