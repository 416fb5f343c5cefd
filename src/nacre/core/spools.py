"""Files without a name, for what is too large for memory: gone when nobody holds them any more, kill -9 included."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pydantic_core import CoreSchema, core_schema

from nacre.core.errors import NoSpace, TooLarge

_PIECE_BYTES = 1 << 20
_LOOK_FOR_ROOM_EVERY_BYTES = 16 << 20
_SPARE_BYTES = 64 << 20


class Spool:
    """One such file. As the field of an operation marked Body it takes a raw body of any length."""

    def __init__(self, folder: Path | None = None, largest_bytes: int | None = None) -> None:
        """On the disk of `folder`; for as many bytes at most."""
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (closed with this object)
        self._largest_bytes = largest_bytes
        self._looked_for_room_at = 0

    def __len__(self) -> int:
        """Its bytes."""
        self.file.flush()
        return os.fstat(self.file.fileno()).st_size

    def __bool__(self) -> bool:
        return True

    def write(self, data: bytes | memoryview) -> int:
        """Add to its end. Raises TooLarge "body-too-large", NoSpace "disk-full"."""
        end = self.file.tell() + len(data)
        self.require_room(end)
        if end >= self._looked_for_room_at:
            self._require_free(0)
            self._looked_for_room_at = end + _LOOK_FOR_ROOM_EVERY_BYTES
        return self.file.write(data)

    def require_room(self, size_bytes: int) -> None:
        """Refuse what would grow to this size: before it comes, where that is known."""
        if self._largest_bytes is not None and size_bytes > self._largest_bytes:
            raise TooLarge(
                "body-too-large",
                f"More was sent than the {self._largest_bytes:,} bytes that are taken at most.",
                hint="The setting upload_limit_gb decides how much.",
            )

    def promise(self, size_bytes: int) -> None:
        """Raises TooLarge, NoSpace when so much does not fit."""
        self.require_room(size_bytes)
        self._require_free(size_bytes)

    def pieces(self) -> Iterator[bytes]:
        """All of it, from its beginning; then it is gone."""
        with self.file as file:
            file.seek(0)
            while piece := file.read(_PIECE_BYTES):
                yield piece

    def _require_free(self, needed_bytes: int) -> None:
        status = os.fstatvfs(self.file.fileno())
        free_bytes = status.f_frsize * status.f_bavail
        if needed_bytes + _SPARE_BYTES > free_bytes:
            raise NoSpace(
                "disk-full",
                f"The disk of this Nacre has {free_bytes:,} bytes left, which is too little.",
                hint="Free some space and try again.",
            )

    @classmethod
    def of(cls, data: bytes) -> "Spool":
        spool = cls()
        spool.file.write(data)
        return spool

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_spool)

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: Any) -> dict[str, Any]:
        return {"type": "string", "format": "file"}


@dataclass(frozen=True)
class Spools:
    """`folder` is on the disk that has room; what others send has `largest_bytes` at most."""

    folder: Path
    largest_bytes: int

    def for_upload(self) -> Spool:
        return Spool(self.folder, self.largest_bytes)

    def new(self) -> Spool:
        return Spool(self.folder)


def _spool(value: object) -> Spool:
    """Surfaces that carry little bring it as bytes."""
    if isinstance(value, bytes):
        return Spool.of(value)
    if not isinstance(value, Spool):
        raise ValueError("the bytes of a file are needed")
    return value
