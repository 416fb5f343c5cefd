"""What the catalogue of add-ons says is what their locks say."""

import json
import re

import pytest

from nacre.addons.catalogue import ALL, find, lock_files
from nacre.addons.commands import steps
from nacre.addons.tools import at_path
from nacre.core.errors import NotFound

FROM_NPM = [name for name in ALL if "package.json" in lock_files(name)]


@pytest.mark.parametrize("name", FROM_NPM)
def test_every_package_of_npm_is_locked_by_its_digest(name: str):
    lock = json.loads(lock_files(name)["package-lock.json"].read_text())
    packages = {path: one for path, one in lock["packages"].items() if path}
    assert packages
    assert all(one.get("integrity") for one in packages.values())
    assert not any("resolved" in one for one in packages.values())


@pytest.mark.parametrize("name", FROM_NPM)
def test_the_version_told_is_the_one_that_is_locked(name: str):
    wanted = json.loads(lock_files(name)["package.json"].read_text())["dependencies"]
    assert [*wanted.values()] == [ALL[name].version]
    lock = json.loads(lock_files(name)["package-lock.json"].read_text())
    assert lock["packages"][f"node_modules/{next(iter(wanted))}"]["version"] == ALL[name].version


@pytest.mark.parametrize("name", ["node", "jupyter"])
def test_every_python_package_is_locked_by_its_digest(name: str):
    text = lock_files(name)["requirements.txt"].read_text()
    for block in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert "--hash=sha256:" in block, block[:60]


@pytest.mark.parametrize("name", ALL)
def test_an_installation_ends_with_trying_what_was_installed(name: str):
    last = steps(ALL[name], "/addons/x/1", "/usr/bin/python3", "/addons/node/24")[-1]
    assert last.argv[-1] == "--version"
    assert "{" not in "".join(last.argv)


def test_tools_with_pages_are_found_by_their_path():
    assert at_path("code").name == "code-server"
    assert at_path("jupyter").name == "jupyter"


def test_an_unknown_add_on_is_refused_with_those_there_are():
    with pytest.raises(NotFound) as caught:
        find("emacs")
    assert "code-server" in caught.value.hint
