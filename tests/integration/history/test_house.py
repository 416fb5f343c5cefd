"""The house that the tests of the time machine live in: it serves, survives kill -9 of its daemon, and goes."""

import pytest
from tests.daemon import StorageKind, house_on


@pytest.mark.parametrize(
    "storage",
    [
        pytest.param("btrfs", marks=pytest.mark.root),
        # Its driver is held to the same contract, and copies files as the others do.
        pytest.param("reflink", marks=[pytest.mark.root, pytest.mark.thorough]),
        "copy",
    ],
)
def test_a_project_outlives_a_killed_daemon_on(storage: StorageKind):
    with house_on(storage) as house:
        house.call("project.create", name="shop")
        with house.connect("shop") as connection:
            connection.execute("CREATE TABLE t AS SELECT 1 AS one")
            (house.files("shop") / "a").write_text("b")
            house.restart()
            assert house.call("files.cat", ref="shop", path="a")["content"] == "b"
            assert connection.execute("SELECT * FROM t").fetchall() == [(1,)]
            answer = house.call("rewind", ref="shop", moment="0s")
            assert answer["storage"]["kind"] == storage
        assert house.run("project", "list", "--json").returncode == 0
    assert not house.processes()
    assert not house.home.exists()
