"""The side-car as a process of a real house: started by who calls first, killed, adopted, stopped, and who may call."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.daemon import House
from tests.integration.llm.houses.conftest import with_model
from tests.provider import FakeProvider, Fault

from nacre.core.errors import NacreError
from nacre.engines.processes import record
from nacre.engines.processes.identity import identify


@pytest.fixture(scope="module")
def home(shared_house: House, provider: FakeProvider) -> House:
    with_model(shared_house, provider, options={"output_price": 1000})
    return shared_house


def pid_of(house: House) -> int | None:
    known = record.read(house.home / "run" / "models.json")
    return None if known is None else known.pid


def test_it_is_started_by_the_first_call_alone_and_as_a_user_without_rights(shared_house: House) -> None:
    assert pid_of(shared_house) is None
    names = [model["name"] for model in shared_house.call("llm.model.list")]
    pid = pid_of(shared_house)
    assert names == ["local"] and pid is not None
    assert shared_house.call("llm.embed", text=["pearl", "nacre"])["dimension"] == 384
    status = Path(f"/proc/{pid}/status").read_text()
    if os.geteuid() == 0:
        uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
        assert "0" not in uids and "CapEff:\t0000000000000000" in status
    said = Path(f"/proc/{pid}/cmdline").read_text() + Path(f"/proc/{pid}/environ").read_text()
    assert shared_house.home.joinpath("secret.key").read_text().split(":")[1].strip() not in said
    folder = shared_house.home / "run" / "llm"
    assert folder.stat().st_mode & 0o077 == 0


async def test_killed_in_mid_call_it_loses_that_call_and_answers_the_next(
    home: House, provider: FakeProvider, until: Callable[..., Any]
) -> None:
    provider.script(Fault("stall"))
    ends: list[NacreError] = []

    def call() -> None:
        with pytest.raises(NacreError) as lost:
            home.call("llm.chat", prompt="wait", max_tokens=100)
        ends.append(lost.value)

    before = provider.requests
    calling = threading.Thread(target=call)
    calling.start()
    await until(lambda: provider.requests > before)
    killed = pid_of(home)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    calling.join(10)

    assert ends[0].code == "llm-unreachable" and ends[0].hint
    assert home.call("llm.chat", prompt="and now?")["text"] == "You said: and now?"
    assert pid_of(home) != killed
    lost = [row for row in home.call("llm.audit") if row["outcome"] == "lost"]
    assert [(row["purpose"], row["person"]) for row in lost] == [("chat_stream", "owner")]
    assert lost[0]["cost_usd"] >= 0.1, "what it may have cost is counted"


def test_a_project_that_is_gone_leaves_nothing_to_the_next_of_its_name(home: House) -> None:
    home.call("project.create", name="shop")
    home.call("llm.model.add", name="own", ref="shop", tiers=["fake"])
    home.call("llm.budget.set", ref="shop", usd=1)
    home.call("llm.chat", ref="shop", model="own", prompt="secret of the old one", max_tokens=5)
    assert len(home.call("llm.audit", ref="shop")) == 1

    home.call("project.delete", ref="shop")
    home.call("project.create", name="shop")

    assert home.call("llm.audit", ref="shop") == []
    assert home.call("llm.usage", ref="shop") == []
    assert home.call("llm.budget.list", ref="shop") == []
    assert "own" not in {model["name"] for model in home.call("llm.model.list", ref="shop")}
    assert home.call("llm.chat", ref="shop", prompt="secret of the old one", max_tokens=5)["cached"] is False
    assert any(row["site"].startswith("was shop:main") for row in home.call("llm.usage", by=["site"]))


def test_it_is_seen_where_one_looks(home: House) -> None:
    assert home.call("system.status")["models"]["pid"] == pid_of(home)
    seen = [row for row in home.call("port.list") if row["what"].startswith("models")]
    assert [(row["address"], row["state"]) for row in seen] == [("run/llm/.s.PGSQL.5432", "as-configured")]
    assert home.call("system.logs", name="models")["lines"]
    assert "the-key" not in (home.settings.logs / "models.log").read_text()


def test_the_next_daemon_takes_it_over_and_a_stop_ends_it(home: House) -> None:
    home.call("llm.model.list")
    pid = pid_of(home)
    home.restart()
    home.call("llm.model.list")
    assert pid_of(home) == pid
    home.down()
    assert pid is not None and identify(pid) is None
