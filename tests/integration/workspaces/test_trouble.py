"""What ends the processes of a workspace is told wherever one looks."""

from collections.abc import Awaitable, Callable, Iterator

import pytest
from tests.daemon import House, house_on

Until = Callable[..., Awaitable[None]]


@pytest.fixture
def small() -> Iterator[House]:
    """A house whose workspaces may each take 20 MB."""
    with house_on("copy", NACRE_MODE="slim", NACRE_CONSOLE="false", NACRE_WORKSPACE_DISK_GB="0.02") as house:
        house.call("project.create", name="shop")
        yield house


async def test_a_workspace_says_what_limit_its_processes_were_ended_for(small: House, until: Until):
    status = small.call("system.status")
    assert status["workspaces"] == [], "what does not run is no part of how things are"
    script = "for i in 1 2 3 4; do head -c 8M /dev/urandom > $i; done; sleep 1000"
    assert small.call("workspace.exec", ref="shop", command=["sh", "-c", script])["exit_code"] == -9
    await until(lambda: "may take 20 MB" in small.call("workspace.status", ref="shop")["trouble"])
    assert "All processes were ended" in small.run("workspace", "status", "shop").stdout
    (listed,) = small.call("workspace.list")
    (told,) = small.call("system.status")["workspaces"]
    assert (told["person"], told["ref"], told["state"]) == ("owner", "shop", "running")
    assert told["trouble"] == listed["trouble"]
    assert told["memory_bytes"] > 0

    small.call("workspace.stop", ref="shop")
    (small.files("shop") / "1").unlink()
    (small.files("shop") / "2").unlink()
    assert small.call("workspace.start", ref="shop")["trouble"] == "", "it was started afresh"
