"""Uploads of files of any size, in pieces that can be sent again after anything broke off.

Until it is whole and checked, an upload lies beside the branch's tree, on the same file system and in no history. What
is known of it stands in a small file beside its content: both outlive the daemon, and go with the branch.
"""

import hashlib
import json
import os
import re
import secrets
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import blake3

from nacre.branches.catalog import Catalog
from nacre.branches.places import Places
from nacre.core.clock import Clock, from_ns
from nacre.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooLarge
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.principals import Principal, Role
from nacre.core.progress import report
from nacre.engines.files.edits import in_words, require_free, write_all
from nacre.files import media
from nacre.files.changing import Collision, require_free_place, target_path
from nacre.files.names import new_path
from nacre.files.versions import version_of
from nacre.files.workbench import PathsChanged, Workbench

KEPT_FOR = timedelta(hours=24)
PIECE_BYTES = 8 << 20
_ID = re.compile(r"[0-9a-f]{32}")
_BEGINNING = timedelta(minutes=10)


class Upload(Answer):
    """`received_bytes` is where the next piece goes on; pieces of `piece_bytes` are a good size."""

    id: str
    ref: Ref
    path: str
    size_bytes: int
    received_bytes: int
    piece_bytes: int
    collision: str
    expires_at: datetime


class FileUploaded(PathsChanged):
    """`paths` holds the name that the file was given, which `collision` may have changed."""

    size_bytes: int
    etag: str
    media_type: str


class UploadCancelled(Answer):
    id: str


@dataclass(frozen=True)
class _Facts:
    path: str
    size_bytes: int
    declared: str
    sha256: str | None
    blake3: str | None
    collision: Collision
    person: str


class Uploads:
    def __init__(
        self, workbench: Workbench, catalog: Catalog, places: Places, clock: Clock, largest_bytes: int
    ) -> None:
        self._workbench = workbench
        self._catalog = catalog
        self._places = places
        self._clock = clock
        self._largest_bytes = largest_bytes
        self._busy: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def begin(
        self,
        who: Principal,
        ref: Ref,
        path: str,
        size_bytes: int,
        declared: str,
        sha256: str | None,
        blake3_: str | None,
        collision: Collision,
    ) -> Upload:
        """Announce a file. Raises InvalidInput about its name, TooLarge, NoSpace, Conflict "file-exists"."""
        self._catalog.running(ref)
        if size_bytes > self._largest_bytes:
            raise TooLarge(
                "upload-too-large",
                f"“{path}” has {size_bytes:,} bytes; at most {self._largest_bytes:,} are taken.",
                hint="The setting upload_limit_gb decides how much.",
            )
        facts = _Facts(new_path(path), size_bytes, declared, sha256, blake3_, collision, who.person)
        with self._workbench.look(ref) as edits:
            require_free_place(edits, target_path(edits, facts.path), collision)
        folder = self._folder(ref)
        folder.mkdir(mode=0o700, exist_ok=True)
        self._sweep(folder)
        require_free(folder, size_bytes + self._promised(folder))
        upload_id = secrets.token_hex(16)
        (folder / f"{upload_id}.part").touch(0o600)
        _write_whole(folder / f"{upload_id}.json", json.dumps(asdict(facts)))
        return self._upload(ref, upload_id, facts)

    def append(self, who: Principal, ref: Ref, upload_id: str, offset: int, content: bytes) -> Upload:
        """Add a piece. One that was received already is taken as sent again.

        Raises Conflict "upload-offset", naming the right one, when pieces are missing before it; TooLarge.
        """
        with self._held(who, ref, upload_id) as (part, facts):
            received = part.stat().st_size
            end = offset + len(content)
            if end <= received:
                return self._upload(ref, upload_id, facts)
            if offset > received:
                raise Conflict(
                    "upload-offset",
                    f"The piece begins at {offset:,}, but only {received:,} bytes were received.",
                    hint=f"Go on from {received}.",
                )
            if end > facts.size_bytes:
                raise TooLarge("upload-too-large", f"More was sent than the {facts.size_bytes:,} bytes announced.")
            with in_words(), part.open("r+b", buffering=0) as file:
                file.seek(offset)
                write_all(file.fileno(), content)
            return self._upload(ref, upload_id, facts)

    def status(self, who: Principal, ref: Ref, upload_id: str) -> Upload:
        """Raises NotFound "upload-not-found"."""
        return self._upload(ref, upload_id, self._facts(who, ref, upload_id))

    def listing(self, who: Principal, ref: Ref) -> list[Upload]:
        """The caller's own, those of all for an admin."""
        self._catalog.branch(ref)
        found: list[Upload] = []
        for path in sorted(self._folder(ref).glob("*.json")):
            facts = _read(path)
            if facts is not None and _is_own(who, ref, facts):
                found.append(self._upload(ref, path.stem, facts))
        return found

    def finish(self, who: Principal, ref: Ref, upload_id: str, collision: Collision | None) -> FileUploaded:
        """Check what was received and put it in its place; with `collision` decided anew.

        Raises Conflict "upload-unfinished", "file-exists" (it waits then for another decision), InvalidInput
        "digest-mismatch", "type-mismatch", "polyglot" (then it is gone).
        """
        with self._held(who, ref, upload_id) as (part, facts):
            facts = replace(facts, collision=collision or facts.collision)
            received = part.stat().st_size
            if received < facts.size_bytes:
                raise Conflict(
                    "upload-unfinished",
                    f"Of {facts.size_bytes:,} bytes {received:,} were received.",
                    hint=f"Send the rest, from {received} on.",
                )
            try:
                media_type = _checked(part, facts)
            except InvalidInput:
                _forget(part)
                raise
            answer = self._place(ref, part, facts, media_type)
            _forget(part)
        self._busy.pop(upload_id, None)
        return answer

    def cancel(self, who: Principal, ref: Ref, upload_id: str) -> UploadCancelled:
        """Forget an upload and what was received of it."""
        with self._held(who, ref, upload_id) as (part, _):
            _forget(part)
        self._busy.pop(upload_id, None)
        return UploadCancelled(id=upload_id)

    def sweep(self) -> None:
        """Forget what nobody went on with for a day, and whatever a crash left half announced."""
        for branch in self._catalog.all_branches():
            folder = self._folder(branch.ref)
            if folder.is_dir():
                self._sweep(folder)

    def _place(self, ref: Ref, part: Path, facts: _Facts, media_type: str) -> FileUploaded:
        folder = os.open(part.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with self._workbench.change(ref) as change:
                name = target_path(change.edits, facts.path)
                name = require_free_place(change.edits, name, facts.collision)
                change.edits.place(os.fsencode(part.name), folder, name, replace=facts.collision == "replace")
                etag = version_of(change.edits, name)
                done = change.done([name])
        finally:
            os.close(folder)
        return FileUploaded(**done.model_dump(), size_bytes=facts.size_bytes, etag=etag, media_type=media_type)

    @contextmanager
    def _held(self, who: Principal, ref: Ref, upload_id: str) -> Iterator[tuple[Path, _Facts]]:
        """One call at a time for each upload. Raises NotFound "upload-not-found"."""
        self._facts(who, ref, upload_id)
        with self._busy[upload_id]:
            yield self._part(ref, upload_id), self._facts(who, ref, upload_id)

    def _facts(self, who: Principal, ref: Ref, upload_id: str) -> _Facts:
        self._catalog.branch(ref)
        found = _read(self._part(ref, upload_id).with_suffix(".json")) if _ID.fullmatch(upload_id) else None
        if found is None or not self._part(ref, upload_id).exists():
            raise NotFound(
                "upload-not-found",
                "There is no such upload: it was finished, cancelled, or left alone for a day.",
                hint="Begin it again with `nacre files upload`.",
            )
        if not _is_own(who, ref, found):
            raise NotAllowed("not-your-upload", f"{found.person} began this upload.", hint="Begin one of your own.")
        return found

    def _upload(self, ref: Ref, upload_id: str, facts: _Facts) -> Upload:
        status = self._part(ref, upload_id).stat()
        return Upload(
            id=upload_id,
            ref=ref,
            path=facts.path,
            size_bytes=facts.size_bytes,
            received_bytes=status.st_size,
            piece_bytes=PIECE_BYTES,
            collision=facts.collision,
            expires_at=from_ns(status.st_mtime_ns) + KEPT_FOR,
        )

    def _sweep(self, folder: Path) -> None:
        for path in folder.iterdir():
            whole = path.with_suffix(".part").exists() and path.with_suffix(".json").exists()
            changed = max((one.stat().st_mtime_ns for one in folder.glob(f"{path.stem}.*")), default=0)
            age = self._clock() - from_ns(changed)
            if age > KEPT_FOR or (not whole and age > _BEGINNING):
                path.unlink(missing_ok=True)

    def _promised(self, folder: Path) -> int:
        """The bytes that uploads under way have announced and not sent yet."""
        rest = 0
        for path in folder.glob("*.json"):
            facts, part = _read(path), path.with_suffix(".part")
            if facts is not None and part.exists():
                rest += max(0, facts.size_bytes - part.stat().st_size)
        return rest

    def _folder(self, ref: Ref) -> Path:
        return self._places.branch(ref) / ".uploads"

    def _part(self, ref: Ref, upload_id: str) -> Path:
        return self._folder(ref) / f"{upload_id}.part"


def _checked(part: Path, facts: _Facts) -> str:
    """The type of what was received, once it is what was announced. Raises InvalidInput."""
    with part.open("rb") as file:
        head = file.read(media.HEAD_BYTES)
        file.seek(max(0, facts.size_bytes - media.TAIL_BYTES))
        tail = file.read(media.TAIL_BYTES)
    if facts.blake3 is not None:
        report("checking")
        _require_digest(facts.blake3, blake3.blake3().update_mmap(part).hexdigest())
    if facts.sha256 is not None:
        report("checking")
        with part.open("rb") as file:
            _require_digest(facts.sha256, hashlib.file_digest(file, "sha256").hexdigest())
    return media.check(head, tail, facts.path.rpartition("/")[2], facts.declared)


def _require_digest(announced: str, found: str) -> None:
    if announced.lower() != found:
        raise InvalidInput(
            "digest-mismatch",
            f"What arrived has the digest {found}, not the one announced; it was not stored.",
            hint="Upload it again.",
        )


def _is_own(who: Principal, ref: Ref, facts: _Facts) -> bool:
    return facts.person == who.person or (who.role_in(ref.project) or Role.VIEWER) >= Role.ADMIN


def _read(path: Path) -> _Facts | None:
    try:
        return _Facts(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None


def _write_whole(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_text(text)
    unfinished.replace(path)


def _forget(part: Path) -> None:
    part.with_suffix(".json").unlink(missing_ok=True)
    part.unlink(missing_ok=True)
