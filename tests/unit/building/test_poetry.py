"""Poetry's lock file as requirements: what production needs, by the markers and hashes that are locked."""

import tomllib

import pytest

from nacre.building.ecosystems.poetry import requirements
from nacre.core.errors import InvalidInput

PROJECT = tomllib.loads("""
[tool.poetry.dependencies]
python = "^3.11"
Flask = "^3"
redis = {version = "*", optional = true}
[tool.poetry.group.dev.dependencies]
pytest = "*"
""")
OLD = tomllib.loads("""
[[package]]
name = "flask"
version = "3.1.0"
files = [{file = "a.whl", hash = "sha256:aa"}, {file = "a.tar.gz", hash = "sha256:ab"}]
[package.dependencies]
click = ">=8"
Importlib_Metadata = {version = "*", markers = "python_version < '3.10'"}
asgiref = {version = "*", optional = true}
[[package]]
name = "click"
version = "8.1.0"
files = []
[package.dependencies]
colorama = {version = "*", markers = "platform_system == 'Windows'"}
[[package]]
name = "colorama"
version = "0.4"
files = []
[[package]]
name = "importlib-metadata"
version = "6"
files = []
[[package]]
name = "asgiref"
version = "3"
files = []
[[package]]
name = "pytest"
version = "8"
files = []
[package.dependencies]
colorama = "*"
""")


def test_a_lock_without_groups_gives_what_is_reached_by_its_markers():
    assert requirements(OLD, PROJECT).splitlines() == [
        "click==8.1.0",
        "colorama==0.4 ; (platform_system == 'Windows')",
        "flask==3.1.0 --hash=sha256:aa --hash=sha256:ab",
        "importlib-metadata==6 ; (python_version < '3.10')",
    ]


def test_a_lock_with_groups_gives_the_main_one():
    lock = tomllib.loads("""
[[package]]
name = "flask"
version = "3.1.0"
optional = false
groups = ["main"]
files = [{file = "a.whl", hash = "sha256:aa"}]
[[package]]
name = "colorama"
version = "0.4"
groups = ["main", "dev"]
markers = {main = "os_name == 'nt'", dev = "a"}
files = []
[[package]]
name = "pytest"
version = "8"
groups = ["dev"]
files = []
[[package]]
name = "own"
version = "1"
groups = ["main"]
[package.source]
type = "git"
url = "https://example.org/own.git"
resolved_reference = "abc"
""")
    assert requirements(lock, PROJECT).splitlines() == [
        "flask==3.1.0 --hash=sha256:aa",
        "colorama==0.4 ; os_name == 'nt'",
        "own @ git+https://example.org/own.git@abc",
    ]


def test_what_the_lock_lacks_is_named():
    with pytest.raises(InvalidInput, match="does not have flask, which pyproject"):
        requirements({"package": []}, PROJECT)
