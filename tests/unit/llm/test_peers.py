"""Who calls by the unix socket: told by where a process works and whose it is, by real processes."""

import os
import subprocess
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest

from nacre.branches.places import Places
from nacre.core.errors import NotAllowed
from nacre.core.names import Ref
from nacre.llm.caller import HOME
from nacre.llm.peers import Peer, made_out

OWN = os.geteuid()


@contextmanager
def working_in(folder: Path):
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(["sleep", "60"], cwd=folder)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def test_a_database_is_its_branch_even_where_the_daemon_runs_as_the_same_user(tmp_path: Path) -> None:
    places = Places(tmp_path.resolve())
    for ref, name in ((Ref("shop"), "shop:main"), (Ref("shop", "try"), "shop:try")):
        with working_in(places.data(ref, 3)) as pid:
            assert made_out(places, pid, OWN, OWN, daemon_uid=OWN) == Peer(name, name)


@pytest.mark.parametrize(
    "where",
    [
        lambda places: places.past(Ref("shop")) / "1",
        lambda places: places.data(Ref("shop"), 1) / "base",
        lambda places: places.files(Ref("shop")),
        lambda places: places.home / "projects" / "shop" / "branches" / "main" / "postgres" / "next" / "data",
    ],
)
def test_what_works_elsewhere_in_a_project_is_nobody(tmp_path: Path, where: Callable[[Places], Path]) -> None:
    places = Places(tmp_path.resolve())
    with working_in(where(places)) as pid, pytest.raises(NotAllowed) as refused:
        made_out(places, pid, OWN, OWN, daemon_uid=OWN)
    assert refused.value.code == "llm-not-allowed"


def test_the_daemon_is_known_by_its_user_and_others_are_refused(tmp_path: Path) -> None:
    places = Places(tmp_path.resolve())
    with working_in(tmp_path) as pid:
        assert made_out(places, pid, OWN, OWN, daemon_uid=OWN) == Peer(HOME)
        assert made_out(places, pid, OWN, OWN + 1, daemon_uid=OWN) == Peer(HOME)
        for uid, own, daemon in ((OWN, OWN, OWN + 1), (OWN + 2, OWN, OWN + 1)):
            with pytest.raises(NotAllowed):
                made_out(places, pid, uid, own, daemon)
    with pytest.raises(NotAllowed):
        made_out(places, pid, OWN, OWN, daemon_uid=OWN)  # it has gone: nobody knows where it worked
