"""A folder of this machine is read file by file, and nothing that a link leads to."""

import os
from pathlib import Path

import pytest

from nacre.core.errors import NacreError
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.knowledge.sources.folder import Folder, Folders
from nacre.knowledge.sources.item import Document

BOSS = Principal(Kind.PERSON, "boss", Role.ADMIN, person="boss")


def kind(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "home")


def items(tmp_path: Path, who: Principal = OWNER, **settings: object) -> dict[str, tuple[str, Document | None]]:
    """Fingerprints and documents, by name."""
    settled = kind(tmp_path).settled(Folder.model_validate({"path": tmp_path / "docs", **settings}))
    kind(tmp_path).check(who, settled)
    return {item.name: (item.fingerprint, item.read()) for item in kind(tmp_path).items(who, settled, {})}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    for name in ("deep/er", ".git", "node_modules/x"):
        (docs / name).mkdir(parents=True)
    (tmp_path / "secret.md").write_text("secret")
    for name in ("a.md", "deep/er/b.md", "deep/c.txt", ".env", ".git/config", "node_modules/x/readme.md"):
        (docs / name).write_text(name)
    (docs / "picture.md").write_bytes(b"\x89PNG\0")
    (docs / "link.md").symlink_to("../secret.md")
    (docs / "up").symlink_to("..")
    os.mkfifo(docs / "pipe.md")
    return docs


def test_files_below_are_found_and_links_are_not_followed(tmp_path: Path, docs: Path) -> None:
    found = items(tmp_path)
    assert set(found) == {"a.md", "deep/er/b.md", "deep/c.txt", "picture.md"}
    assert found["deep/er/b.md"][1] == Document(b"deep/er/b.md", {"path": str(docs / "deep/er/b.md")})
    assert found["picture.md"][1] is None
    assert set(items(tmp_path, match=["*.md", "!deep/"])) == {"a.md", "deep/er/b.md", "picture.md"}
    (docs / "a.md").write_text("another")
    assert items(tmp_path)["a.md"] != found["a.md"]


def test_what_is_swapped_for_a_link_meanwhile_is_not_followed_either(tmp_path: Path, docs: Path) -> None:
    folders = kind(tmp_path)
    settled = folders.settled(Folder(path=docs))
    looking = folders.items(OWNER, settled, {})
    first = next(looking)
    assert first.name == "a.md"
    (docs / "deep").rename(tmp_path / "away")
    (docs / "deep").symlink_to(tmp_path)
    (docs / "a.md").unlink()
    (docs / "a.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(NacreError):
        first.read()
    with pytest.raises(NacreError, match="deep"):
        list(looking)
    assert [item.name for item in folders.items(OWNER, settled, {})] == ["picture.md"]
    docs.rename(tmp_path / "gone")
    docs.symlink_to(tmp_path)
    with pytest.raises(NacreError) as caught:
        list(folders.items(OWNER, settled, {}))
    assert caught.value.code == "folder-not-found"


def test_admins_have_read_only_what_every_account_may(tmp_path: Path, docs: Path) -> None:
    for folder in (*tmp_path.parents[:-2], tmp_path):
        folder.chmod(folder.stat().st_mode | 0o055)
    (docs / "a.md").chmod(0o600)
    (docs / "deep").chmod(0o700)
    bot = Principal(Kind.AGENT, "bot", Role.OWNER, person="owner")
    assert set(items(tmp_path, BOSS)) == set(items(tmp_path, bot)) == {"picture.md"} and "a.md" in items(tmp_path)
    docs.chmod(0o700)
    with pytest.raises(NacreError) as caught:
        items(tmp_path, BOSS)
    assert caught.value.code == "not-allowed"


def test_nacres_own_folder_is_none_of_it(tmp_path: Path, docs: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/secret.key").write_text("k")
    assert set(items(tmp_path, path=tmp_path, match=["*.key", "c.txt"])) == {"docs/deep/c.txt"}
    for wrong in (tmp_path / "home", Path("docs"), tmp_path / "absent"):
        with pytest.raises(NacreError):
            items(tmp_path, path=wrong)
    with pytest.raises(NacreError):
        items(tmp_path, Principal(Kind.PERSON, "ann", Role.USER, person="ann"))
