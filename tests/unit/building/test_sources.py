"""What of a source goes into an image, and what a build made beside it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.applications import lay_out

from nacre.building.packing import source_entries
from nacre.building.recipe import recipe
from nacre.building.sources import made_by_build, real_folder
from nacre.core.errors import InvalidInput
from nacre.engines.oci.entries import File, Folder, Link
from nacre.engines.source.source import Source


def packed(folder: Path, files: dict[str, str]) -> set[str]:
    lay_out({"index.html": ""} | files, folder)
    entries = source_entries(folder, recipe(Source(folder)))
    return {entry.path.removeprefix("app/") for entry in entries if not isinstance(entry, Folder)}


def test_what_is_made_anew_or_secret_stays_out(tmp_path: Path):
    left = ("node_modules/a.js", ".venv/bin/x", ".git/config", ".env", "pkg/__pycache__/m.pyc", "pkg/node_modules/b.js")
    assert packed(tmp_path, dict.fromkeys((*left, "pkg/m.py", ".env.example"), "")) == {
        "index.html", "pkg/m.py", ".env.example",
    }  # fmt: skip


def test_nacre_toml_leaves_out_and_takes_back(tmp_path: Path):
    said = "[publish]\nexclude = ['docs/', '*.psd']\ninclude = ['venv/']\n"
    files = dict.fromkeys(("docs/a.md", "art/b.psd", "venv/model.bin", "art/c.png"), "") | {"nacre.toml": said}
    assert packed(tmp_path, files) == {"index.html", "nacre.toml", "venv/model.bin", "art/c.png"}


@pytest.mark.parametrize("folder", ["link", "link/inner", "web/link", "missing", "file"])
def test_a_folder_that_a_link_leads_to_is_none(tmp_path: Path, folder: str):
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "web").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "web" / "link").symlink_to("/etc")
    with pytest.raises(InvalidInput, match="or it is a link"):
        real_folder(tmp_path, folder)
    assert real_folder(tmp_path, "real/inner") == tmp_path / "real" / "inner"


trees = st.dictionaries(st.sampled_from(("a", "b", "c/d", "c/e")), st.one_of(st.just("→a"), st.text(max_size=3)))


@given(trees, trees)
def test_what_a_build_made_is_what_differs(tmp_path_factory: pytest.TempPathFactory, before, after):
    old, new = tmp_path_factory.mktemp("before"), tmp_path_factory.mktemp("after")
    for folder, files in ((old, before), (new, after)):
        lay_out({path: text for path, text in files.items() if text != "→a"}, folder)
        for path in (path for path, text in files.items() if text == "→a"):
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).symlink_to("a")
    made = made_by_build(new, old, "app", lambda path: False)
    found = {entry.path.removeprefix("app/") for entry in made if isinstance(entry, File | Link)}
    assert found == {path for path, text in after.items() if before.get(path) != text}
