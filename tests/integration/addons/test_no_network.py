"""An add-on that cannot be fetched says so, and leaves nothing behind."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nacre.addons.catalogue import find
from nacre.addons.installing import Installer
from nacre.addons.shelf import Shelf
from nacre.core.errors import NacreError
from nacre.core.progress import watched_by
from nacre.engines.processes.users import service_account
from nacre.engines.sandbox.drivers import named
from nacre.engines.sandbox.spec import Egress


@pytest.fixture
def home() -> Iterator[Path]:
    # Not tmp_path: a socket's path may have no more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="nacre-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        (home / "run").mkdir(mode=0o711)
        yield home


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def test_without_a_network_it_is_told_so_and_nothing_remains(home, loop):
    account = service_account("nacre")
    shelf = Shelf(home / "addons", account)
    shelf.make()
    folder = home / "run" / "addon"
    installer = Installer(shelf, named("bubblewrap"), folder, account, loop, Egress("closed"))
    phases: list[str] = []
    with watched_by(lambda step: phases.append(step.phase)), pytest.raises(NacreError) as caught:
        installer.install("jupyter")
    assert caught.value.code == "addon-not-installed"
    assert "the package registry cannot be reached from here" in caught.value.message
    assert "JupyterLab: fetching" in phases
    assert not shelf.has(find("jupyter"))
    assert [path for path in shelf.folder.rglob("*") if path.name != "bin"] == []
