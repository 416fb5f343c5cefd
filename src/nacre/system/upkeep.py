"""Looks through a database that is too large for that at the start, once the daemon has started."""

import threading
from pathlib import Path

import apsw
import structlog

from nacre.core.errors import NacreError
from nacre.core.store.soundness import Damage, Soundness, look_through

_log = structlog.get_logger()


class Upkeep:
    """`found` is what the start found out about the database at `path`."""

    def __init__(self, path: Path, found: Soundness) -> None:
        self._path = path
        self._damage: Damage = found.damage
        self._looking = not found.whole
        self._connection: apsw.Connection | None = None
        self._stopping = False

    @property
    def told(self) -> str:
        """As a word or a sentence."""
        if self._damage:
            return "damaged: " + "; ".join(f"{table}, {what}" for table, what in self._damage.items())
        return "being looked through" if self._looking else "sound"

    def start(self) -> None:
        if self._damage:
            _log.error("the database is damaged", **self._damage)
        if self._looking:
            threading.Thread(target=self.look, name="upkeep", daemon=True).start()

    def stop(self) -> None:
        self._stopping = True
        if self._connection is not None:
            self._connection.interrupt()

    def look(self) -> None:
        """Look through all of it: a second for each 600 MB that are read from the disk."""
        try:
            self._damage = look_through(self._path, self._connected)
        except apsw.InterruptError:
            return
        except NacreError as error:
            self._damage = {"": error.message}
        self._connection, self._looking = None, False
        if self._damage:
            _log.error("the database is damaged", **self._damage)

    def _connected(self, connection: apsw.Connection) -> None:
        self._connection = connection
        if self._stopping:
            connection.interrupt()
