"""The switchboard: all or nothing, wherever it is cut off."""

import os
import signal
import sys
from pathlib import Path

import pytest

from nacre.gateway.switchboard import Switchboard

_EFFECTS = {"os.rename", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree", "open"}


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    board = Switchboard(tmp_path / "board")
    board.lay_out()
    board.switch({"shop": Path("/s/1"), "blog": Path("/b/1"), "shop.example.org": Path("shop")})
    return board


def dialled(board: Switchboard, tmp_path: Path, name: str) -> Path | None:
    """What Caddy would find: it reads the number, then goes by the link."""
    link = tmp_path / "board" / (tmp_path / "board" / "now").read_text() / name
    return link.readlink() if link.is_symlink() else None


def test_what_is_switched_is_found_and_the_rest_stays(board, tmp_path):
    board.switch({"shop": Path("/s/2")})
    assert board.lines() == {"shop": Path("/s/2"), "blog": Path("/b/1"), "shop.example.org": Path("shop")}
    assert dialled(board, tmp_path, "shop") == Path("/s/2")
    board.switch({"shop": None})
    assert board.line("shop") is None


def test_every_switch_is_another_address_and_one_that_changes_nothing_is_none(board, tmp_path):
    before = (tmp_path / "board" / "now").read_text()
    board.switch({"shop": Path("/s/1")})
    assert (tmp_path / "board" / "now").read_text() == before
    for release in range(2, 100):
        board.switch({"shop": Path(f"/s/{release}")})
    assert int((tmp_path / "board" / "now").read_text()) == int(before) + 98
    assert len([*(tmp_path / "board").iterdir()]) < 75, "what is long past goes"


@pytest.mark.parametrize("name", ["../x", "", ".", "a/b", "Ä", "-x", "a" * 300])
def test_only_names_can_be_on_it(board, name):
    with pytest.raises(ValueError, match="cannot be on the switchboard"):
        board.switch({name: Path("/x")})


def test_killed_anywhere_it_is_as_before_or_as_asked_for(board, tmp_path):
    """At each effect on the file system, one after the other: enumerated, not listed."""
    survived, release = False, 1
    for at in range(1, 200):
        before, release = board.line("shop"), release + 1
        survived = _switch_and_die(board, {"shop": Path(f"/s/{release}"), "blog": Path(f"/b/{release}")}, at)
        shop, blog = dialled(board, tmp_path, "shop"), dialled(board, tmp_path, "blog")
        assert shop is not None and shop in (before, Path(f"/s/{release}"))
        assert (shop, blog) == (Path(f"/s/{shop.name}"), Path(f"/b/{shop.name}")), "a mixture"
        board.switch({"shop": Path(f"/s/{release}"), "blog": Path(f"/b/{release}")})
        assert dialled(board, tmp_path, "shop") == Path(f"/s/{release}")
        if survived:
            break
    assert survived and at > 8


def _switch_and_die(board: Switchboard, changes: dict[str, Path | None], at: int) -> bool:
    """In a process of its own, killed right before its effect number `at`; whether it came to its end."""
    pid = os.fork()
    if pid == 0:
        count = 0

        def look(event: str, _arguments: object) -> None:
            nonlocal count
            if event in _EFFECTS:
                count += 1
                if count == at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(look)
        board.switch(changes)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
