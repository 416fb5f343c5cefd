"""A collection is kept in step with a source: what changed is handed over, what is gone is removed, and no more."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.knowledge.conftest import ANN
from tests.integration.knowledge.desk import BOB, Desk
from tests.integration.knowledge.test_backups import Archives
from tests.integration.knowledge.web import Reply, Web
from tests.waiting import eventually

from nacre.core.clock import system_clock
from nacre.core.errors import NacreError
from nacre.core.principals import OWNER
from nacre.knowledge.documents import Documents
from nacre.knowledge.sources.fetching import Fetcher
from nacre.knowledge.sources.folder import Folder, Folders
from nacre.knowledge.sources.keeping import Keeping
from nacre.knowledge.sources.url import Site, Urls


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


@pytest.fixture(scope="module")
def desk(home: Path, web: Web) -> Iterator[Desk]:
    desk = Desk.on(home, {"folder": Folders(home), "url": Urls(Fetcher([web.host]), None)})
    yield desk
    desk.close()


def test_what_changes_in_a_folder_changes_in_the_collection_and_nothing_else(desk: Desk, tmp_path: Path) -> None:
    name = desk.collection("changes")
    (tmp_path / "deep").mkdir()
    for path in ("a.md", "b.md", "deep/c.md"):
        (tmp_path / path).write_text(f"Text of {path}")
    (tmp_path / "picture.md").write_bytes(b"\x89PNG\0\0")
    (tmp_path / "empty.md").touch()
    with (tmp_path / "huge.md").open("wb") as huge:
        huge.truncate(17 << 20)
    desk.add(name, "folder", Folder(path=tmp_path))
    first = desk.sync(name)
    assert (first.ok, first.changed, first.refused, first.left_out) == (True, 3, 1, 2)
    assert desk.documents(name) == ["docs/a.md", "docs/b.md", "docs/deep/c.md"]
    metadata = Documents(desk.library.store).show(OWNER, name, "docs/deep/c.md").metadata
    assert metadata == {"kind": "text", "path": str(tmp_path / "deep/c.md"), "source": "docs"}
    assert [one.name for one in desk.shown(name).refusals] == ["huge.md"]
    (tmp_path / "a.md").write_text("Another text of a")
    (tmp_path / "deep/c.md").unlink()
    (tmp_path / "b.md").write_bytes(b"\0\1")
    (tmp_path / "picture.md").write_text("now it is text")
    second = desk.sync(name)
    assert (second.changed, second.unchanged, second.removed) == (2, 0, 2)
    assert desk.documents(name) == ["docs/a.md", "docs/picture.md"]
    assert desk.text(name, "docs/a.md") == "Another text of a"
    desk.library.adding.remove(OWNER, name, "docs/a.md")
    third = desk.sync(name)
    assert (third.changed, third.unchanged, desk.documents(name)) == (1, 1, ["docs/a.md", "docs/picture.md"])


def test_a_round_that_is_killed_is_run_again_and_nothing_is_there_twice(desk: Desk, home: Path, tmp_path: Path) -> None:
    name = desk.collection("killed")
    desk.library.ingestion.pause(OWNER, name)
    for number in range(130):
        (tmp_path / f"{number:03}.md").write_text(f"Text {number}")
    desk.add(name, "folder", Folder(path=tmp_path))
    argv = [sys.executable, "-m", "tests.integration.knowledge.syncer", str(home), name, "120"]
    killed = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert killed.returncode == 9, killed.stderr
    assert (desk.shown(name).documents, desk.shown(name).looked_at) == (100, None)
    again = desk.sources.sync(OWNER, name, "docs")
    assert (again.changed, again.unchanged) == (30, 100)
    waiting = [one.name for one in desk.library.ingestion.listing(OWNER, name, None, "", 1000)]
    assert waiting == [f"docs/{number:03}.md" for number in range(130)]


def test_a_source_that_cannot_be_reached_removes_nothing(desk: Desk, tmp_path: Path) -> None:
    name, folder = desk.collection("unreached"), tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("a")
    desk.add(name, "folder", Folder(path=folder))
    desk.sync(name)
    folder.rename(tmp_path / "away")
    synced = desk.sync(name)
    assert not synced.ok and "no folder" in (synced.trouble or "") and synced.removed == 0
    shown = desk.shown(name)
    assert (shown.state, shown.trouble, desk.documents(name)) == ("on", synced.trouble, ["docs/a.md"])
    (tmp_path / "away").rename(folder)
    assert desk.sync(name).ok and desk.shown(name).trouble is None


def test_a_site_is_kept_in_step_and_one_failing_page_harms_no_other(desk: Desk, web: Web) -> None:
    name = desk.collection("site")
    web.replies |= {
        "/wiki/": Reply(b'<h1>Start</h1><a href="a">a</a><a href="b">b</a>'),
        "/wiki/a": Reply(b"# A", "text/markdown"),
        "/wiki/b": Reply(b"broken", "application/pdf"),
    }
    desk.add(name, "url", Site(url=web.url("/wiki/"), depth=1))
    first = desk.sync(name)
    assert (first.ok, first.changed, first.refused) == (True, 2, 1)
    (refusal,) = desk.shown(name).refusals
    assert (refusal.name, refusal.code) == ("wiki/b", "wrong-type")
    web.replies["/wiki/a"] = Reply(status=500)
    web.replies["/wiki/"] = Reply(b'<h1>Changed</h1><a href="c">c</a>')
    web.replies["/wiki/c"] = Reply(b"# C", "text/markdown")
    second = desk.sync(name)
    assert not second.ok and (second.changed, second.removed) == (2, 0)
    assert desk.documents(name) == ["docs/wiki/", "docs/wiki/a", "docs/wiki/c"]
    del web.replies["/wiki/a"]
    third = desk.sync(name)
    assert third.ok and third.removed == 1 and desk.documents(name) == ["docs/wiki/", "docs/wiki/c"]


def test_what_is_beyond_the_bound_is_left_out_and_said(desk: Desk, tmp_path: Path) -> None:
    name = desk.collection("bounded")
    for path in ("a.md", "b.md", "c.md"):
        (tmp_path / path).write_text(path)
    desk.add(name, "folder", Folder(path=tmp_path), most=2)
    synced = desk.sync(name)
    assert synced.ok and "more than 2" in (synced.trouble or "") and desk.documents(name) == ["docs/a.md", "docs/b.md"]


def test_a_source_stops_when_whoever_added_it_may_not_read_it_any_more(desk: Desk, tmp_path: Path) -> None:
    name = desk.collection("barred")
    tmp_path.chmod(0o755)
    (tmp_path / "a.md").write_text("a")
    for folder in tmp_path.parents[:-2]:
        folder.chmod(folder.stat().st_mode | 0o055)
    desk.add(name, "folder", Folder(path=tmp_path), who=BOB)
    desk.sync(name)
    desk.barred.add("bob")
    stopped = desk.sync(name)
    assert not stopped.ok and "bob" in (stopped.trouble or "")
    assert (desk.shown(name).state, desk.documents(name)) == ("stopped", ["docs/a.md"])
    with pytest.raises(NacreError) as caught:
        desk.sync(name)
    assert caught.value.code == "source-not-on" and "bob" in caught.value.message
    assert desk.sources.resume(OWNER, name, "docs").state == "on"
    assert desk.sync(name).ok


def test_a_paused_source_is_left_alone_and_a_removed_one_takes_its_documents_along(desk: Desk, tmp_path: Path) -> None:
    name = desk.collection("removed")
    (tmp_path / "a.md").write_text("a")
    desk.add(name, "folder", Folder(path=tmp_path))
    with pytest.raises(NacreError) as caught:
        desk.add(name, "folder", Folder(path=tmp_path))
    assert caught.value.code == "source-exists"
    desk.sync(name)
    assert desk.sources.pause(OWNER, name, "docs").state == "paused"
    with pytest.raises(NacreError):
        desk.sync(name)
    assert desk.sources.remove(OWNER, name, "docs", keep=True).documents == 0
    assert desk.documents(name) == ["docs/a.md"] and not desk.sources.listing(OWNER, name)
    desk.add(name, "folder", Folder(path=tmp_path))
    desk.sync(name)
    assert desk.sources.remove(OWNER, name, "docs", keep=False).documents == 1
    assert desk.documents(name) == []


def test_a_restored_source_is_paused_and_goes_on_where_it_was(desk: Desk, tmp_path: Path) -> None:
    name, docs = desk.collection("kept"), tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("The text of a")
    (docs / "b.md").write_text("The text of b")
    desk.add(name, "folder", Folder(path=docs))
    desk.sync(name)
    archives = Archives(desk.library, tmp_path)
    readers = archives.back_up(name, who=ANN)
    archives.restore(archives.back_up(name, who=OWNER), name="kept-too", who=OWNER)
    assert (desk.shown("kept-too").state, desk.shown("kept-too").documents) == ("paused", 2)
    (docs / "b.md").unlink()
    desk.sources.resume(OWNER, "kept-too", "docs")
    again = desk.sync("kept-too")
    assert (again.changed, again.unchanged, again.removed) == (0, 1, 1)
    archives.restore(readers, name="kept-by-ann", who=ANN, private=True)
    assert desk.sources.listing(ANN, "kept-by-ann") == []


def test_a_source_is_looked_at_when_it_is_added_and_when_it_is_time(desk: Desk, tmp_path: Path) -> None:
    name, later = desk.collection("timely"), timedelta(0)
    (tmp_path / "a.md").write_text("a")
    desk.add(name, "folder", Folder(path=tmp_path))
    keeping = Keeping(desk.library.store, lambda: system_clock() + later, desk.syncing, desk.kinds)
    keeping.start()
    try:
        eventually(lambda: desk.documents(name) == ["docs/a.md"], within_s=60)
        (tmp_path / "b.md").write_text("b")
        later = timedelta(seconds=601)
        keeping.wake()
        eventually(lambda: desk.documents(name) == ["docs/a.md", "docs/b.md"], within_s=60)
    finally:
        keeping.stop()
