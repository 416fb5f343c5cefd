"""AGENTS.md: Nacre knows its own text from a person's, and never overwrites theirs."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.names import Ref
from nacre.workspaces.instructions import agents_md, claude_md, is_ours, marked
from nacre.workspaces.posting import post

SHOP = Ref("shop", "try-x")
OURS = agents_md(SHOP, 54321, "https://example.org/p/shop/try-x/")
NEWER = agents_md(SHOP, 54321, None)


@given(st.text().map(lambda text: text + "\n"))
def test_what_nacre_wrote_is_known_again(body: str):
    assert is_ours(marked(body))


@given(st.text(), st.integers(min_value=0), st.text(min_size=1))
def test_what_somebody_changed_is_theirs(body: str, at: int, added: str):
    text = marked(body + "\n")
    at %= len(text)
    changed = text[:at] + added + text[at:]
    assert is_ours(changed) is (changed == text)


@given(st.text())
def test_what_nacre_did_not_write_is_not_claimed(text: str):
    assert not is_ours(text)


def test_agents_are_told_what_differs_from_branch_to_branch():
    assert "nacre rewind shop:try-x 10m" in OURS
    assert "127.0.0.1:54321" in OURS
    assert "https://example.org/p/shop/try-x/" in OURS
    assert "@AGENTS.md" in claude_md()


def test_the_text_holds_no_secret_and_no_person():
    assert "$NACRE_TOKEN" in OURS
    assert "nacre_ws_" not in OURS


def test_a_text_is_written_and_brought_up_to_date(tmp_path: Path):
    folder = _folder(tmp_path)
    assert post(folder, "AGENTS.md", OURS, None)
    assert (folder / "AGENTS.md").read_text() == OURS
    assert post(folder, "AGENTS.md", NEWER, None)
    assert (folder / "AGENTS.md").read_text() == NEWER
    assert [*tmp_path.iterdir()] == [folder]


def test_an_unchanged_text_is_not_written_again(tmp_path: Path):
    folder = _folder(tmp_path)
    post(folder, "AGENTS.md", OURS, None)
    before = (folder / "AGENTS.md").stat()
    assert post(folder, "AGENTS.md", OURS, None)
    after = (folder / "AGENTS.md").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("text", ["", "# Ours\n", OURS.replace("sandbox", "garden"), OURS + "And always use tabs.\n"])
def test_a_persons_text_stays_as_it_is(tmp_path: Path, text: str):
    folder = _folder(tmp_path)
    (folder / "AGENTS.md").write_text(text)
    assert not post(folder, "AGENTS.md", NEWER, None)
    assert (folder / "AGENTS.md").read_text() == text


def test_a_link_is_never_followed(tmp_path: Path):
    folder = _folder(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(OURS)
    (folder / "AGENTS.md").symlink_to(elsewhere)
    assert not post(folder, "AGENTS.md", NEWER, None)
    assert elsewhere.read_text() == OURS
    assert (folder / "AGENTS.md").is_symlink()


def test_a_folder_a_pipe_and_a_huge_file_are_left_alone(tmp_path: Path):
    folder = _folder(tmp_path)
    (folder / "a").mkdir()
    os.mkfifo(folder / "b")
    (folder / "c").write_bytes(b"x" * (1 << 20))
    assert not any(post(folder, name, OURS, None) for name in "abc")


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder
