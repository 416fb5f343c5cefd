"""Without proof of isolation nothing is run; without isolation, said aloud, people's programs run all the same."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.daemon import House, house_on

from nacre.core.errors import NacreError


@pytest.fixture
def programs(tmp_path: Path) -> str:
    """A PATH with what a daemon needs and no bubblewrap."""
    for name in ("id", "useradd", "ldconfig", "sh", "locale"):
        found = shutil.which(name)
        if found is not None:
            (tmp_path / name).symlink_to(found)
    return str(tmp_path)


def test_where_nothing_can_be_kept_apart_nothing_is_run(programs: str):
    with house_on("copy", PATH=programs) as house:
        house.call("project.create", name="shop")
        for operation, more in (
            ("workspace.start", {}),
            ("workspace.exec", {"command": ["true"]}),
            ("terminal.open", {"name": "main"}),
        ):
            with pytest.raises(NacreError) as refused:
                house.call(operation, ref="shop", **more)
            assert refused.value.code == "isolation-not-proven"
            assert "bubblewrap" in refused.value.message
            assert "--isolation none" in refused.value.hint
        assert house.call("workspace.status", ref="shop")["state"] == "stopped"


@pytest.fixture(scope="module")
def open_house() -> Iterator[House]:
    with house_on("copy", NACRE_ISOLATION="none") as house:
        house.call("project.create", name="shop")
        yield house


def test_without_isolation_a_workspace_works_by_the_machines_own_paths(open_house: House):
    def run(*command: str) -> str:
        return str(open_house.call("workspace.exec", ref="shop", command=list(command))["output"])

    assert run("pwd") == f"{open_house.files('shop')}\n"
    assert run("psql", "-Atc", "SELECT current_user") == "shop\n"
    assert json.loads(run("nacre", "project", "show", "shop", "--json"))["ref"] == "shop"
    run("sh", "-c", "echo kept > ~/kept; echo here > file")
    assert (open_house.home / "workspaces/owner/shop/home/kept").read_text() == "kept\n"
    assert (open_house.files("shop") / "file").read_text() == "here\n"
    if os.geteuid() == 0:
        assert run("id", "-u") != "0\n"
    assert open_house.call("workspace.status", ref="shop")["isolation"] == "none"
