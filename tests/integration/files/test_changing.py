"""Files changed by people in the console: nobody overwrites anybody, and everything can be taken back."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from tests.daemon import House

from nacre.core.errors import NacreError

_NUMBERS = count(1)


@pytest.fixture
def ref(shared_house: House) -> str:
    name = f"files-{next(_NUMBERS)}"
    shared_house.call("project.create", name=name)
    return name


def write(house: House, ref: str, path: str, content: bytes, **more: Any) -> Any:
    return house.call("files.write", ref=ref, path=path, content=content, **more)


def refused(house: House, operation: str, **arguments: Any) -> NacreError:
    with pytest.raises(NacreError) as caught:
        house.call(operation, **arguments)
    return caught.value


def undo(house: House, answer: Any, ref: str) -> None:
    house.call("files.restore", ref=ref, path=answer["undo_paths"], at=answer["before"])


def test_a_save_against_an_old_version_is_refused_and_says_what_changed(shared_house: House, ref: str) -> None:
    first = write(shared_house, ref, "src/a.txt", b"one\n", expected="absent")
    assert first["created"] and first["etag"] == shared_house.call("files.cat", ref=ref, path="src/a.txt")["etag"]
    second = write(shared_house, ref, "src/a.txt", b"two\n", expected=first["etag"])
    error = refused(shared_house, "files.write", ref=ref, path="src/a.txt", content=b"x", expected=first["etag"])
    assert error.code == "file-changed" and "4 bytes" in error.message
    assert (
        refused(shared_house, "files.write", ref=ref, path="src/a.txt", content=b"x", expected="absent").code
        == "file-exists"
    )
    (shared_house.files(ref) / "src/a.txt").write_text("by a program\n")
    error = refused(shared_house, "files.write", ref=ref, path="src/a.txt", content=b"x", expected=second["etag"])
    assert error.code == "file-changed"
    (shared_house.files(ref) / "src/a.txt").unlink()
    error = refused(shared_house, "files.write", ref=ref, path="src/a.txt", content=b"x", expected=second["etag"])
    assert "deleted" in error.message


def test_of_many_who_save_at_once_one_wins_each_time_and_nothing_is_lost(shared_house: House, ref: str) -> None:
    write(shared_house, ref, "log.txt", b"", expected="absent")

    def add_lines(name: str) -> None:
        for number in range(8):
            while True:
                now = shared_house.call("files.cat", ref=ref, path="log.txt")
                content = (now["content"] + f"{name} {number}\n").encode()
                try:
                    write(shared_house, ref, "log.txt", content, expected=now["etag"])
                    break
                except NacreError as error:
                    assert error.code == "file-changed"

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(add_lines, ("ann", "bob", "eve")))
    lines = shared_house.call("files.cat", ref=ref, path="log.txt")["content"].splitlines()
    assert sorted(lines) == sorted(f"{name} {number}" for name in ("ann", "bob", "eve") for number in range(8))


def test_what_is_deleted_comes_back(shared_house: House, ref: str) -> None:
    write(shared_house, ref, "a/b/c.txt", b"c")
    write(shared_house, ref, "d.txt", b"d")
    gone = shared_house.call("files.delete", ref=ref, path=["a", "d.txt"])
    assert shared_house.call("files.ls", ref=ref) == []
    undo(shared_house, gone, ref)
    assert (shared_house.files(ref) / "a/b/c.txt").read_text() == "c"
    assert refused(shared_house, "files.delete", ref=ref, path=["d.txt", "nowhere"]).code == "file-not-found"
    assert (shared_house.files(ref) / "d.txt").exists(), "all or nothing"


def test_files_are_moved_and_copied_with_every_way_to_meet_what_is_there(shared_house: House, ref: str) -> None:
    for path in ("a.txt", "b.txt", "into/a.txt"):
        write(shared_house, ref, path, path.encode())
    call, files = shared_house.call, shared_house.files(ref)
    assert refused(shared_house, "files.move", ref=ref, path=["a.txt", "b.txt"], to="into").code == "file-exists"
    assert (files / "b.txt").exists(), "nothing was moved"
    kept = call("files.move", ref=ref, path=["a.txt"], to="into", collision="keep-both")
    assert kept["paths"] == ["into/a (2).txt"]
    undo(shared_house, kept, ref)
    assert (files / "a.txt").read_text() == "a.txt" and not (files / "into/a (2).txt").exists()
    replaced = call("files.copy", ref=ref, path=["a.txt"], to="into/", collision="replace")
    assert (files / "into/a.txt").read_text() == "a.txt"
    undo(shared_house, replaced, ref)
    assert (files / "into/a.txt").read_text() == "into/a.txt"
    assert call("files.move", ref=ref, path=["into"], to="renamed")["paths"] == ["renamed"]
    for to in ("renamed/deeper", "renamed"):
        assert refused(shared_house, "files.move", ref=ref, path=["renamed"], to=to).code == "bad-path"
    assert call("files.copy", ref=ref, path=["renamed"], to="again")["paths"] == ["again"]
    assert (files / "again/a.txt").exists()


@pytest.mark.parametrize("path", ["../x", "a/../../x", "%2e%2e/x", "a\nb", "con", "", ".", "．．/x"], ids=ascii)
def test_no_new_file_gets_a_dangerous_name(shared_house: House, ref: str, path: str) -> None:
    write(shared_house, ref, "there.txt", b"")
    assert refused(shared_house, "files.write", ref=ref, path=path, content=b"x").code == "bad-path"
    assert refused(shared_house, "files.mkdir", ref=ref, path=path).code == "bad-path"
    assert refused(shared_house, "upload.begin", ref=ref, path=path, size_bytes=1).code == "bad-path"
    if path not in ("", "."):
        assert refused(shared_house, "files.move", ref=ref, path=["there.txt"], to=path).code == "bad-path"


def test_a_name_longer_than_any_is_refused_wherever_it_is_given(shared_house: House, ref: str) -> None:
    for operation in ("files.ls", "files.cat", "files.stat", "files.download", "files.archive", "files.history"):
        assert refused(shared_house, operation, ref=ref, path="a" * 300).code == "bad-path"


def test_a_file_that_a_program_named_oddly_can_still_be_saved_and_deleted(shared_house: House, ref: str) -> None:
    (shared_house.files(ref) / "con\n").write_text("odd")
    write(shared_house, ref, "con\n", b"saved")
    shared_house.call("files.delete", ref=ref, path=["con\n"])
    assert list(shared_house.files(ref).iterdir()) == []


def test_a_large_folder_is_listed_page_by_page_now_and_then(shared_house: House, ref: str) -> None:
    folder = shared_house.files(ref) / "many"
    folder.mkdir()
    for number in range(3000):
        (folder / f"{number:05d}").touch()
    (folder / "00007.d").mkdir()
    (folder / "00007.d" / "below").touch()
    shared_house.call("checkpoint", ref=ref, message="full")
    for name in range(0, 3000, 2):
        (folder / f"{name:05d}").unlink()
    for moment, expected in ((None, 1501), ("full", 3001)):
        at = {} if moment is None else {"at": moment}
        found: list[str] = []
        while page := shared_house.call(
            "files.ls", ref=ref, path="many", limit=700, **at, **({"after": found[-1]} if found else {})
        ):
            assert len(page) <= 700
            found += [entry["path"] for entry in page]
        assert len(found) == expected and found == sorted(found)
        assert "many/00007.d" in found and "many/00007.d/below" not in found


def test_names_and_lines_are_found_but_not_in_what_git_ignores(shared_house: House, ref: str) -> None:
    write(shared_house, ref, ".gitignore", b"node_modules/\n*.log\n")
    write(shared_house, ref, "src/Needle.py", b"x = 1\n\ndef find_needle():\n")
    write(shared_house, ref, "node_modules/a/needle.js", b"needle")
    write(shared_house, ref, "x.log", b"needle")
    write(shared_house, ref, "picture.bin", b"\0needle")
    found = shared_house.call("files.search", ref=ref, text="needle")
    assert [(one["path"], one["line"], one["column"]) for one in found["matches"]] == [
        ("src/Needle.py", None, None), ("src/Needle.py", 3, 10)
    ]  # fmt: skip
    assert found["complete"]
    everywhere = shared_house.call("files.search", ref=ref, text="needle", ignored=True, within="content", limit=2)
    assert len(everywhere["matches"]) == 2 and not everywhere["complete"]
    assert shared_house.call("files.search", ref=ref, text="needle", case=True, word=True)["matches"] == []
    assert shared_house.call("files.search", ref=ref, text="(a+)+$")["matches"] == []


def test_the_lines_that_changed_since_a_moment_are_told(shared_house: House, ref: str) -> None:
    write(shared_house, ref, "a.txt", b"one\ntwo\nthree")
    shared_house.call("checkpoint", ref=ref, message="then")
    write(shared_house, ref, "a.txt", b"one\n2\nthree")
    told = shared_house.call("files.diff", ref=ref, path="a.txt", at="then")
    assert (told["change"], told["lines_added"], told["lines_removed"]) == ("changed", 1, 1)
    assert "-two\n+2\n" in told["diff"] and "No newline" in told["diff"]
    write(shared_house, ref, "new.bin", b"\0\1")
    told = shared_house.call("files.diff", ref=ref, path="new.bin", at="then")
    assert (told["change"], told["diff"], told["reason"]) == ("added", None, "binary")
    assert refused(shared_house, "files.diff", ref=ref, path="nowhere", at="then").code == "file-not-found"
