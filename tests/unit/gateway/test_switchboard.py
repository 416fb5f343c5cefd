"""The switchboard: all or nothing, wherever it is cut off."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE

import pytest

from nacre.gateway.switchboard import Switchboard

_EFFECTS = {"os.rename", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree", "open"}


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    board = Switchboard(tmp_path / "board")
    board.lay_out()
    board.switch({"shop": Path("/s/1"), "blog": Path("/b/1"), "shop.example.org": Path("shop")})
    return board


def standing(board: Switchboard) -> Path:
    descriptor = board.standing()
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink()
    finally:
        os.close(descriptor)


def dialled(board: Switchboard, name: str) -> Path | None:
    """What Caddy would find: it asks what the folder that it works in is called, then goes by the link."""
    link = Path(f"{standing(board)}-") / name
    return link.readlink() if link.is_symlink() else None


def test_what_is_switched_is_found_and_the_rest_stays(board, tmp_path):
    board.switch({"shop": Path("/s/2")})
    assert board.lines() == {"shop": Path("/s/2"), "blog": Path("/b/1"), "shop.example.org": Path("shop")}
    assert dialled(board, "shop") == Path("/s/2")
    board.switch({"shop": None})
    assert board.line("shop") is None


def test_every_switch_is_another_address_and_one_that_changes_nothing_is_none(board, tmp_path):
    before, seen = standing(board), set()
    board.switch({"shop": Path("/s/1")})
    assert standing(board) == before
    for release in range(2, 100):
        board.switch({"shop": Path(f"/s/{release}")})
        seen.add(standing(board))
    assert len(seen - {before}) == 98
    assert len([*(tmp_path / "board").iterdir()]) < 75, "what is long past goes"


def test_who_works_in_it_learns_of_each_switch(board):
    """As Caddy does, which was started in that folder and is told nothing."""
    script = "import os\nwhile input(): print(os.readlink(os.getcwd() + '-/shop'), flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=standing(board), stdin=PIPE, stdout=PIPE, text=True
    ) as caddy:
        assert caddy.stdin is not None and caddy.stdout is not None
        for release in range(2, 90):
            board.switch({"shop": Path(f"/s/{release}")})
            print("look", file=caddy.stdin, flush=True)
            assert caddy.stdout.readline() == f"/s/{release}\n"
        print(file=caddy.stdin, flush=True)


def test_it_is_always_found_while_it_is_switched(board):
    def switch() -> None:
        for release in range(2, 200):
            board.switch({"shop": Path(f"/s/{release}")})

    with ThreadPoolExecutor() as pool:
        switching = pool.submit(switch)
        while not switching.done():
            assert board.lines().keys() == {"shop", "blog", "shop.example.org"}
            assert board.line("shop") is not None
        switching.result()


def test_one_of_before_is_carried_over_with_the_releases_that_serve(tmp_path):
    former = tmp_path / "board"
    for number in ("6", "7"):
        (former / number).mkdir(parents=True)
        (former / number / "shop").symlink_to(f"/s/{number}")
    (former / "now").write_text("7")
    board = Switchboard(former)
    for _ in range(2):
        board.lay_out()
        assert board.lines() == {"shop": Path("/s/7")}
    assert sorted(entry.name for entry in former.iterdir()) == ["lock", "n8", "n8-"]


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
        shop, blog = dialled(board, "shop"), dialled(board, "blog")
        assert shop is not None and shop in (before, Path(f"/s/{release}"))
        assert (shop, blog) == (Path(f"/s/{shop.name}"), Path(f"/b/{shop.name}")), "a mixture"
        board.switch({"shop": Path(f"/s/{release}"), "blog": Path(f"/b/{release}")})
        assert dialled(board, "shop") == Path(f"/s/{release}")
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
