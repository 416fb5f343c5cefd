"""Add-ons on the shelf: whole or not there."""

from pathlib import Path

import pytest

from nacre.addons.catalogue import CLAUDE_CODE, CODEX
from nacre.addons.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "addons", None)
    shelf.make()
    return shelf


def installed(shelf: Shelf) -> Path:
    place = shelf.begin(CODEX)
    program = place / CODEX.programs["codex"]
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    return place


def test_it_is_there_once_it_is_finished(shelf: Shelf):
    place = installed(shelf)
    assert not shelf.has(CODEX)
    assert not (shelf.programs / "codex").exists()
    shelf.finish(CODEX)
    assert shelf.has(CODEX)
    assert (shelf.programs / "codex").resolve() == place / "node_modules/.bin/codex"


def test_another_version_goes_when_the_new_one_is_there(shelf: Shelf):
    old = shelf.folder / "codex" / "0.1.0"
    old.mkdir(parents=True)
    installed(shelf)
    assert old.exists()
    shelf.finish(CODEX)
    assert not old.exists()


def test_a_sweep_takes_what_is_half_and_leaves_what_is_whole(shelf: Shelf):
    installed(shelf)
    shelf.finish(CODEX)
    half = shelf.begin(CLAUDE_CODE)
    shelf.sweep()
    assert not half.parent.exists()
    assert shelf.has(CODEX)


def test_removed_it_is_gone_with_its_programs(shelf: Shelf):
    place = installed(shelf)
    shelf.finish(CODEX)
    shelf.remove(CODEX)
    assert not shelf.has(CODEX)
    assert not place.exists()
    assert not (shelf.programs / "codex").is_symlink()
