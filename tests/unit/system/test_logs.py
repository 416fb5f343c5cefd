"""Nacre's own logs: told by name, followed over a cut, and nothing outside of their folder."""

import threading
from pathlib import Path

import pytest

from nacre.core.errors import NotFound
from nacre.core.progress import Output, watched_by
from nacre.system.logs import Logs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / "daemon.log").write_text("one\ntwo\nthree\n")
    (folder / "daemon.log.1").write_text("older\n")
    (tmp_path / "secret.log").write_text("not for you\n")
    return folder


def test_the_end_of_a_log_comes_with_the_names_of_all(folder: Path):
    end = Logs(folder).end_of("daemon", 2)
    assert end.lines == ["two", "three"]
    assert [file.name for file in end.others] == ["daemon"]


@pytest.mark.parametrize("name", ["../secret", "daemon.log", "", "/etc/passwd", "gateway"])
def test_only_logs_of_the_folder_are_read(folder: Path, name: str):
    with pytest.raises(NotFound) as caught:
        Logs(folder).end_of(name, 10)
    assert "daemon" in caught.value.hint


async def test_what_is_added_is_heard_also_after_the_log_was_cut(folder: Path, until):
    heard = bytearray()
    gone = threading.Event()

    def follow() -> None:
        with watched_by(lambda step: None, lambda output: heard.extend(_data(output)), gone):
            Logs(folder).follow("daemon")

    follower = threading.Thread(target=follow)
    follower.start()
    try:
        log = folder / "daemon.log"

        def add(text: str) -> bool:
            with log.open("a") as file:
                file.write(text)
            return text.encode() in heard

        await until(lambda: add("four\n"))
        log.write_text("")
        await until(lambda: add("five\n"))
    finally:
        gone.set()
        follower.join(10)
    assert not follower.is_alive()
    assert b"one" not in heard


def _data(output: Output) -> bytes:
    return output.data
