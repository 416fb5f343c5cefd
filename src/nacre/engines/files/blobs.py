"""The content-addressed store of one project: deduplicated, compressed, packed, and intact after a crash."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import apsw

from nacre.engines.files.content import Chunk, Layout, decode_manifest
from nacre.engines.files.database import Database
from nacre.engines.files.packs import BrokenRecord, Packs, Place, address_of, encode, pack_name

_FLUSH_BYTES = 4 << 20


class BlobStore:
    """Blobs by BLAKE3 address. Writers work in sessions; the sweep of the garbage collector excludes sessions."""

    def __init__(self, database: Database, packs: Packs) -> None:
        self.database = database
        self.packs = packs
        self._gate = threading.Condition()
        self._sessions = 0
        self._sweeping = False
        self.wrote = threading.Event()

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """While a session is open nothing it may have found present is collected."""
        with self._gate:
            self._gate.wait_for(lambda: not self._sweeping)
            self._sessions += 1
        try:
            yield Session(self)
        finally:
            with self._gate:
                self._sessions -= 1
                self._gate.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no session is open, then hold new ones back. Sessions may nest: waiting holds nobody back."""
        with self._gate:
            self._gate.wait_for(lambda: not self._sweeping and self._sessions == 0)
            self._sweeping = True
        try:
            yield
        finally:
            with self._gate:
                self._sweeping = False
                self._gate.notify_all()

    def get(self, address: bytes) -> bytes:
        """The blob, proven to be what was put. Raises BrokenRecord naming the pack."""
        moved_from = None
        while True:
            place = self.place(address)
            if place is None:
                raise BrokenRecord("journal.db", f"does not know blob {address.hex()[:16]}")
            try:
                return self.packs.read(address, place)
            except FileNotFoundError:
                # Compaction moves a blob before it removes the old pack: look again, once for each place.
                if place == moved_from:
                    raise BrokenRecord(pack_name(place.pack), "is missing") from None
                moved_from = place

    def place(self, address: bytes) -> Place | None:
        with self.database.reading() as db:
            row = db.execute("SELECT pack, start, stored, raw FROM blob WHERE address = ?", (address,)).fetchone()
        return Place(*row) if row else None

    def chunks(self, layout: int, content: bytes | None, size_bytes: int) -> list[Chunk]:
        """The blobs a file consists of, in order. Raises BrokenRecord."""
        if content is None or layout == Layout.EMPTY:
            return []
        if layout == Layout.BLOB:
            return [Chunk(0, size_bytes, content)]
        try:
            return decode_manifest(self.get(content))
        except ValueError as error:
            raise BrokenRecord("journal.db", f"takes blob {content.hex()[:16]} for a manifest") from error

    def sync(self, *, durable: bool = False) -> None:
        """Everything put so far survives a power cut; remembers how far, so that recovery checks only the rest.

        With `durable` the index up to now survives it too.
        """
        pack, end = self.packs.sync()
        with self.database.writing(durable=durable) as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('synced_pack', ?), ('synced_end', ?)", (pack, end))


class Session:
    """One writer's blobs on their way into the store; they count once `commit` has returned."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._waiting: dict[bytes, tuple[int, bytes]] = {}
        self._waiting_bytes = 0
        self._placed: dict[bytes, Place] = {}

    def put(self, data: bytes) -> bytes:
        """Address of `data`, stored unless it is there already. Raises OSError when the disk is full."""
        address = address_of(data)
        if address in self._waiting or address in self._placed or self._store.place(address) is not None:
            return address
        record = encode(address, data)
        self._waiting[address] = (len(data), record)
        self._waiting_bytes += len(record)
        if self._waiting_bytes >= _FLUSH_BYTES:
            self._flush()
        return address

    def commit(self, write: Callable[[apsw.Connection], None]) -> None:
        """Index the blobs and run `write` in the same transaction: an entry never refers to a missing blob."""
        self._flush()
        rows = [(address, p.pack, p.start, p.stored, p.raw) for address, p in self._placed.items()]
        with self._store.database.writing() as db:
            db.executemany("INSERT OR IGNORE INTO blob VALUES (?, ?, ?, ?, ?)", rows)
            write(db)
        if rows:
            self._store.wrote.set()
        self._placed.clear()

    def _flush(self) -> None:
        records = [record for _, record in self._waiting.values()]
        if not records:
            return
        places = self._store.packs.append(records)
        for (address, (raw, record)), (pack, start) in zip(self._waiting.items(), places, strict=True):
            self._placed[address] = Place(pack, start, len(record), raw)
        self._waiting.clear()
        self._waiting_bytes = 0
