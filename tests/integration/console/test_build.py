"""The console is really built: with npm and Vite, with the system's Node and with one that had to be fetched."""

import shutil
import threading
from pathlib import Path

import pytest

from nacre.console.build import SOURCES, Places, build_console, source_files
from nacre.core.errors import Failed
from nacre.engines.node.node import at_hand

pytestmark = pytest.mark.xdist_group("console build")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def places(tmp_path: Path, cache: Path) -> Places:
    """Sources of the test's own; packages and Node are shared by the tests of this module."""
    sources = tmp_path / "console"
    for path in source_files(SOURCES):
        copy = sources / path.relative_to(SOURCES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return Places(sources, sources / "dist", cache / "console", cache / "node")


def test_it_is_built_on_first_use_and_again_only_when_its_sources_change(places: Places):
    assert build_console(places)
    page = (places.dist / "index.html").read_text()
    assert "/assets/index-" in page and "<script>" not in page and "<style" not in page
    assert not build_console(places)
    (places.sources / "public" / "news.txt").write_text("new")
    assert build_console(places)
    assert (places.dist / "news.txt").read_text() == "new"


def test_text_is_compressed_once_and_for_all(places: Places):
    build_console(places)
    scripts = [path for path in (places.dist / "assets").glob("*.js") if path.stat().st_size > 4096]
    assert scripts
    for script in scripts:
        for ending in (".gz", ".br"):
            assert script.with_name(script.name + ending).stat().st_size < script.stat().st_size


def test_two_who_need_it_at_once_build_it_once(places: Places):
    built: list[bool] = []
    threads = [threading.Thread(target=lambda: built.append(build_console(places))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(built) == [False, True]


def test_a_build_that_fails_says_why_and_leaves_what_was_there(places: Places):
    build_console(places)
    before = (places.dist / "index.html").read_text()
    (places.sources / "src" / "main.tsx").write_text("this is no program (")
    with pytest.raises(Failed) as caught:
        build_console(places)
    assert caught.value.code == "console-not-built"
    assert "main.tsx" in caught.value.message
    assert (places.dist / "index.html").read_text() == before


def test_without_a_node_on_the_machine_one_is_fetched(places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    assert at_hand(places.node) is None
    assert build_console(places)
    node = at_hand(places.node)
    assert node is not None and node.program.is_relative_to(places.node)
