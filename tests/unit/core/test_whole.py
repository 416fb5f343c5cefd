"""A file that is written whole is never seen in part, nor by those it is not for."""

from pathlib import Path

from nacre.core.whole import write_whole


def test_it_replaces_what_was_there_with_the_mode_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("before")
    (tmp_path / "key.new").write_text("left by one that was killed")
    write_whole(path, b"after")
    assert path.read_bytes() == b"after" and path.stat().st_mode & 0o777 == 0o600
    write_whole(path, b"for all", 0o644)
    assert path.read_bytes() == b"for all" and path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["key"]
