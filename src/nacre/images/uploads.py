"""Uploads of blobs under way: in pieces, that outlive a broken connection and a killed daemon."""

import json
import os
import re
import secrets
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from nacre.core.clock import Clock, from_ns
from nacre.core.errors import Conflict, InvalidInput, NotFound
from nacre.engines.oci.blobs import LARGEST_BYTES, Blob, Blobs, said_in_words, too_large
from nacre.engines.oci.digests import Digest
from nacre.images.repository import Repository

KEPT_FOR = timedelta(hours=24)
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Upload:
    """`received_bytes` is where the next piece goes on."""

    id: str
    received_bytes: int


class Uploads:
    """`folder` is on the file system of the blobs. One piece at a time is taken for each upload."""

    def __init__(self, folder: Path, blobs: Blobs, clock: Clock, limit_bytes: int = LARGEST_BYTES) -> None:
        self._folder = folder
        self._blobs = blobs
        self._clock = clock
        self._limit_bytes = limit_bytes
        self._busy: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def begin(self, repository: Repository, who: str) -> Upload:
        upload = Upload(secrets.token_hex(16), 0)
        with said_in_words():
            fresh = self._folder / f"{upload.id}.new"
            fresh.mkdir(mode=0o700)
            (fresh / "facts.json").write_text(json.dumps({"repository": str(repository), "who": who}))
            (fresh / "data").touch(0o600)
            fresh.rename(self._folder / upload.id)
        return upload

    def status(self, repository: Repository, upload_id: str, who: str) -> Upload:
        """Raises NotFound "upload-not-found": also for an upload to another repository, or somebody else's."""
        return Upload(upload_id, self._data(repository, upload_id, who).stat().st_size)

    def append(self, repository: Repository, upload_id: str, who: str, offset: int, data: bytes) -> Upload:
        """Add a piece where the upload ends. Raises Conflict "upload-offset", TooLarge, NoSpace."""
        path = self._data(repository, upload_id, who)
        with self._held(upload_id), said_in_words():
            with path.open("r+b", buffering=0) as file:
                there = file.seek(0, os.SEEK_END)
                if offset != there:
                    raise Conflict(
                        "upload-offset",
                        f"The piece begins at {offset:,}, but {there:,} bytes were received.",
                        hint=f"Go on from {there}.",
                    )
                if there + len(data) > self._limit_bytes:
                    raise too_large(self._limit_bytes)
                self._blobs.require_room(len(data))
                try:
                    view = memoryview(data)
                    while view:
                        view = view[file.write(view) :]
                except OSError:
                    file.truncate(there)
                    raise
            return Upload(upload_id, there + len(data))

    def finish(self, repository: Repository, upload_id: str, who: str, digest: Digest) -> Blob:
        """The blob, once it is proven. What is not `digest` is of no use to anybody, so it goes.

        Raises InvalidInput "digest-mismatch".
        """
        path = self._data(repository, upload_id, who)
        with self._held(upload_id):
            try:
                blob = self._blobs.adopt(path, digest, self._limit_bytes)
            except InvalidInput:
                self._forget(path.parent)
                raise
            self._forget(path.parent)
        return blob

    def cancel(self, repository: Repository, upload_id: str, who: str) -> None:
        path = self._data(repository, upload_id, who)
        with self._held(upload_id):
            self._forget(path.parent)

    def sweep(self) -> int:
        """Forget what nobody went on with for a day; the bytes freed."""
        freed = 0
        for folder in self._folder.iterdir():
            changed = max((path.stat().st_mtime_ns for path in (folder, *folder.glob("*"))), default=0)
            if self._clock() - from_ns(changed) > KEPT_FOR:
                freed += sum(path.stat().st_size for path in folder.glob("*"))
                self._forget(folder)
        return freed

    @contextmanager
    def _held(self, upload_id: str) -> Iterator[None]:
        lock = self._busy[upload_id]
        with lock:
            if not (self._folder / upload_id).exists():
                raise _missing()
            yield

    def _data(self, repository: Repository, upload_id: str, who: str) -> Path:
        if not _ID.fullmatch(upload_id):
            raise _missing()
        folder = self._folder / upload_id
        try:
            facts = json.loads((folder / "facts.json").read_text())
        except FileNotFoundError:
            raise _missing() from None
        path = folder / "data"
        if facts != {"repository": str(repository), "who": who} or not path.exists():
            raise _missing()
        return path

    def _forget(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self._busy.pop(folder.name, None)


def _missing() -> NotFound:
    return NotFound(
        "upload-not-found", "There is no such upload: it was finished, cancelled, or left alone for a day.",
        hint="Begin it again.",
    )  # fmt: skip
