"""What the journal believes to be on disk, in memory: for each folder, name → signature. About 200 bytes a path."""

from collections.abc import Iterable, Iterator, Mapping

from nacre.engines.files.entry import Entry

_NOTHING: Mapping[bytes, int] = {}


class Present:
    """Not thread-safe: the tree's lock guards it."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._names: dict[bytes, dict[bytes, int]] = {b"": {}}
        for entry in entries:
            self.put(entry)

    def get(self, path: bytes) -> int | None:
        parent, _, name = path.rpartition(b"/")
        return self._names.get(parent, _NOTHING).get(name)

    def names(self, directory: bytes) -> Mapping[bytes, int]:
        return self._names.get(directory, _NOTHING)

    def is_directory(self, path: bytes) -> bool:
        return path in self._names

    def put(self, entry: Entry) -> None:
        """`path` is there now. When it stops being a folder, drop what was below it first (see `below`)."""
        parent, _, name = entry.path.rpartition(b"/")
        self._names.setdefault(parent, {})[name] = entry.signature()
        if entry.kind == "dir":
            self._names.setdefault(entry.path, {})

    def drop(self, path: bytes) -> None:
        """`path` is gone; nothing is left below it."""
        parent, _, name = path.rpartition(b"/")
        self._names.get(parent, {}).pop(name, None)
        self._names.pop(path, None)

    def below(self, path: bytes) -> Iterator[bytes]:
        """All paths below the folder `path`, children before their parents."""
        for name in list(self.names(path)):
            child = path + b"/" + name if path else name
            if child in self._names:
                yield from self.below(child)
            yield child

    def __len__(self) -> int:
        return sum(map(len, self._names.values()))
