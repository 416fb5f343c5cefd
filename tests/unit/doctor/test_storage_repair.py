"""The repair that gives a person on ext4 a copy-on-write store, on a real loop mount."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nacre.core.errors import Conflict
from nacre.core.settings import Settings, load
from nacre.engines.storage.detect import detect
from nacre.engines.storage.loopfile import unmount_store
from nacre.system.doctor import projects_store
from nacre.system.doctor.check import Level
from nacre.system.doctor.checks.storage import Storage
from nacre.system.doctor.run import repair

pytestmark = pytest.mark.root


@pytest.fixture
def settings(plain_dir: Path) -> Iterator[Settings]:
    if shutil.which("mkfs.btrfs") is None:
        pytest.skip("needs mkfs.btrfs")
    if detect(plain_dir).copy_on_write:
        pytest.skip("the temporary directory is copy-on-write already")
    settings = load({"NACRE_HOME": str(plain_dir / "home")}, {})[0]
    yield settings
    unmount_store(settings.projects)


def test_the_store_is_made_mounted_and_mounted_again(settings: Settings) -> None:
    before = Storage().look(settings)
    assert (before.level, "every clone is a full copy" in before.what) == (Level.WARN, True)

    after = repair("storage", settings)

    assert (after.level, after.what) == (Level.OK, "btrfs: clones share their blocks")
    assert projects_store.image(settings).stat().st_blocks * 512 < 64 << 20
    (settings.projects / "shop").mkdir()
    subprocess.run(["umount", settings.projects], check=True)
    assert Storage().look(settings).level is Level.FAIL
    assert projects_store.mount_again(settings)
    assert not projects_store.mount_again(settings)
    assert [path.name for path in settings.projects.iterdir()] == ["shop"]


def test_projects_are_never_hidden_by_a_mount(settings: Settings) -> None:
    (settings.projects / "shop").mkdir(parents=True)
    with pytest.raises(Conflict, match="is not empty"):
        repair("storage", settings)
    assert not projects_store.image(settings).exists()


def test_files_written_while_the_store_was_not_mounted_are_not_hidden(settings: Settings) -> None:
    repair("storage", settings)
    subprocess.run(["umount", settings.projects], check=True)
    (settings.projects / "stray").touch()
    with pytest.raises(Conflict, match="holds files"):
        projects_store.mount_again(settings)
