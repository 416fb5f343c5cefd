"""A model that fails, a budget that is nearly spent, documents that cannot be added: told once, and once it is over."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.knowledge.conftest import ANN, Library
from tests.integration.llm.conftest import OWNER, at_branch, call, configured
from tests.integration.monitoring.watching import Turned, Watch, watching
from tests.provider import KEY_REFUSED, FakeProvider
from tests.waiting import eventually
from tests.words import Words

from nacre.core.clock import system_clock
from nacre.core.errors import NacreError
from nacre.core.secrets import SecretBox
from nacre.knowledge.ingestion.ingestion import Item
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import load_all
from nacre.llm.opening import open_desk
from nacre.monitoring.probes.beside import Beside
from nacre.monitoring.probes.knowledge import OfKnowledge
from nacre.monitoring.probes.model import OfBudgets, OfModels

MINUTE = timedelta(minutes=1)


@dataclass
class Asked:
    """A desk in a loop of its own, as the side-car has it."""

    loop: asyncio.AbstractEventLoop
    desk: Desk
    provider: FakeProvider

    def call(self, name: str, caller: Caller = OWNER, /, **arguments: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(call(self.desk, caller, name, **arguments), self.loop).result(30)

    def chat(self, text: str, branch: str = "shop:main") -> None:
        self.call("chat", at_branch(branch), prompt=text, model="fake")


@contextmanager
def asked_in(folder: Path) -> Iterator[Asked]:
    """With a model `fake`, of which a token costs a tenth of a cent."""
    load_all()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    try:
        with FakeProvider(keys={"the-key"}) as provider:
            asked = Asked(
                loop, run(open_desk(configured(folder), SecretBox(folder / "key"), system_clock)), provider
            )  # fmt: skip
            options = {"input_price": 1000.0, "output_price": 1000.0, "local": False}
            asked.call("add_model", name="fake", provider="openai", model="fake-large", key="the-key",
                       base_url=provider.base_url, options=options)  # fmt: skip
            yield asked
            run(asked.desk.close())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(16)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, words: Words) -> Iterator[Library]:
    library = Library.on(tmp_path_factory.mktemp("shelf") / "data.db", embedder=words)
    with closing(library.store), closing_line(library):
        yield library


@contextmanager
def closing_line(library: Library) -> Iterator[None]:
    try:
        yield
    finally:
        library.ingestion.line.stop()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with asked_in(tmp_path_factory.mktemp("llm")) as asked:
        yield asked


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory, asked: Asked, shelf: Library) -> Iterator[Watch]:
    probes = (
        OfModels(asked.call, lambda: True),
        OfBudgets(asked.call, lambda: True),
        OfKnowledge(shelf.store, system_clock),
    )
    with watching(shelf.store, Turned(), probes, tmp_path_factory.mktemp("watch") / "key") as watch:
        yield watch


def test_a_model_that_fails(watch: Watch, asked: Asked) -> None:
    watch.only("model-errors")
    asked.chat("one that works")
    watch.look()
    asked.provider.fault_for = lambda told: KEY_REFUSED
    for number in range(2):
        with pytest.raises(NacreError):
            asked.chat(f"one that does not: {number}")

    def mend() -> None:
        asked.provider.fault_for = lambda told: None
        for number in range(30):
            asked.chat(f"it works again: {number}")

    watch.fires_and_is_over("A language model fails (fake)", mend, later=MINUTE)
    shown = watch.numbers("model", "fake")
    assert (shown["calls"], shown["errors"]) == (33, 2) and shown["cost_usd"] > 0 and shown["output_tokens"] > 0


def test_a_budget_that_is_nearly_spent(watch: Watch, asked: Asked) -> None:
    watch.only("model-spend")
    asked.call("set_budget", usd=1000.0)
    asked.call("set_budget", subject="branch", name="*", period="month", usd=1000.0)
    asked.chat("a question", "bank:main")
    spent = watch.numbers("budget", "everybody, day")["spent_usd"]
    most = watch.numbers("budget", "each branch, month")["spent_usd"]
    assert 0 < most < spent and not watch.alerter.standing()
    asked.call("set_budget", usd=spent * 1.1)
    watch.fires_and_is_over(
        "A budget for language models is nearly spent (everybody, day)",
        lambda: asked.call("set_budget", usd=1000.0),
    )


def test_documents_that_cannot_be_added(watch: Watch, shelf: Library, words: Words) -> None:
    watch.only("knowledge-queue-failing")
    name = shelf.make("handbook", dimension=None)
    shelf.ingestion.enqueue(ANN, name, [Item("broken.pdf", b"this is no PDF")])
    eventually(lambda: shelf.ingestion.show(ANN, name).failed == 1, within_s=30)
    watch.fires_and_is_over(
        f"Documents cannot be added to a collection ({name})", lambda: shelf.ingestion.clear(ANN, name, None)
    )


def test_who_takes_their_time_holds_nobody_up(watch: Watch) -> None:
    goes = threading.Event()
    slow = Beside(lambda: goes.wait(30), patience_s=0.05)
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            slow.answer()
    assert time.monotonic() - began < 5
    goes.set()
    eventually(lambda: slow._thread is not None and not slow._thread.is_alive())
    assert slow.answer() is True
