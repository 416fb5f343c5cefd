"""Files without a name: bounded, and gone with whoever held them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nacre.core.errors import NacreError
from nacre.core.spools import Spools


def test_no_more_is_taken_than_was_allowed_nor_than_there_is_room_for(tmp_path: Path) -> None:
    spool = Spools(tmp_path, 10).for_upload()
    spool.write(b"x" * 10)
    refused("body-too-large", lambda: spool.write(b"x"))
    refused("body-too-large", lambda: spool.promise(11))
    refused("disk-full", lambda: Spools(tmp_path, 10).new().promise(1 << 60))
    assert len(spool) == 10 and b"".join(spool.pieces()) == b"x" * 10
    assert list(tmp_path.iterdir()) == [] and spool.file.closed


def refused(code: str, deed: Callable[[], object]) -> None:
    with pytest.raises(NacreError) as caught:
        deed()
    assert caught.value.code == code
