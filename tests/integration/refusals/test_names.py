"""Names that name nothing, or cannot: refused precisely on every operation that takes one, and nothing changes."""

import json

import pytest
from tests.arguments import arguments_for
from tests.daemon import House
from tests.integration.refusals.conftest import OPERATIONS, refusal

from nacre.core.operations import Operation

MALFORMED = ["Shop", "shop:", ":x", ":", "a/b", "a" * 40, "größe", "..", "shop:..", "shop:Try", "shop:a:b", "1shop",
             "-x", "shop ", "shop\n", "shop\0", "", "🐚"]  # fmt: skip
UNKNOWN = {"nowhere": "project-not-found", "nowhere:try": "project-not-found", "shop:nowhere": "branch-not-found"}
TAKING_A_BRANCH = [one for one in OPERATIONS.values() if "ref" in one.input.model_fields]


@pytest.mark.parametrize("name", MALFORMED, ids=repr)
def test_a_malformed_name_is_refused(house: House, name: str) -> None:
    assert refusal(house, "rewind", ref=name, moment="1s").code in ("bad-name", "unknown-route", "bad-input")
    assert refusal(house, "project.create", name=name).code in ("bad-name", "bad-input")
    assert refusal(house, "branch.create", ref="shop", name=name).code in ("bad-name", "bad-input")


@pytest.mark.parametrize("operation", TAKING_A_BRANCH, ids=lambda one: one.name)
def test_a_name_that_names_nothing_is_refused_by_every_operation(house: House, operation: Operation) -> None:
    for name, code in UNKNOWN.items():
        made = arguments_for(operation, name, moment="1s", path="note.txt")
        error = refusal(house, operation.name, **made | {"ref": name})  # said also where it may be left out
        # Judged by the name alone, before anything is looked up.
        allowed = {"project.delete": "not-a-project", "branch.delete": "main-branch"}
        assert error.code in (code, allowed.get(operation.name)), (
            f"{operation.name} {name}: {error.code} {error.message}"
        )
        assert error.hint


def test_what_exists_is_not_made_again(house: House) -> None:
    assert refusal(house, "project.create", name="shop").code == "project-exists"
    assert refusal(house, "branch.create", ref="shop", name="try").code == "branch-exists"
    assert refusal(house, "branch.create", ref="shop", name="main").code in ("branch-exists", "project-exists")


def test_main_and_a_branch_with_children_are_not_deleted(house: House) -> None:
    assert refusal(house, "branch.delete", ref="shop").code == "main-branch"
    error = refusal(house, "branch.delete", ref="shop:try")
    assert error.code == "branch-has-children"
    assert "leaf" in error.message


@pytest.mark.parametrize("path", ["../secret", "a/../../b", "/etc/../..", "a\0b"])
def test_paths_that_leave_the_branch_are_refused(house: House, path: str) -> None:
    for name in ("files.cat", "files.history"):
        assert refusal(house, name, ref="shop", path=path).code in ("bad-path", "file-not-found")
    assert refusal(house, "files.restore", ref="shop", path=[path], at="#1").code == "bad-path"


def test_the_command_line_tells_people_and_programs_and_exits_with_1(house: House) -> None:
    said = house.run("rewind", "Shop", "10m", "--yes")
    assert (said.returncode, said.stdout) == (1, "")
    assert "cannot name a project" in said.stderr
    told = house.run("rewind", "shop", "2999-01-01", "--json")
    assert told.returncode == 1
    error = json.loads(told.stdout)["error"]
    assert error.keys() == {"code", "message", "hint"}
    assert error["code"] == "moment-in-future"
    assert house.run("rewind", "shop").returncode == 2
    assert house.run("rewind", "shop", "1s", "--sideways").returncode == 2
