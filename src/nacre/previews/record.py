"""What is written down of a running preview, so that a daemon that starts finds it again."""

import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True)
class Record:
    """`base` and `strip` are how it was told its address; `stamp` is of the nacre.toml it was started by.

    `dependencies` tells what was installed when it was last installed, empty if that never was Nacre's to do.
    """

    person: str
    framework: str
    line: str
    port: int
    base: str
    strip: bool
    started_at: datetime
    stamp: tuple[int, int, int] | None
    dependencies: str


_FORM: TypeAdapter[Record] = TypeAdapter(Record)


class Records:
    """One file for each branch, by its id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, branch_id: int) -> Record | None:
        """None when there is none, or one of an older form."""
        with suppress(OSError, ValidationError):
            return _FORM.validate_json(self._path(branch_id).read_bytes())
        return None

    def write(self, branch_id: int, record: Record) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._folder / f".{secrets.token_hex(8)}"
        unfinished.write_text(json.dumps(asdict(record), default=str))
        unfinished.replace(self._path(branch_id))

    def remove(self, branch_id: int) -> None:
        self._path(branch_id).unlink(missing_ok=True)

    def _path(self, branch_id: int) -> Path:
        return self._folder / f"{branch_id}.json"
