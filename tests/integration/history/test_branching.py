"""Branches: from any moment, of branches too, independent of their parents, put back to them, and deleted."""

import time

import pytest
from tests.daemon import house_on
from tests.integration.history.notebook import Notebook
from tests.waiting import eventually

from nacre.core.errors import NacreError


def test_a_branch_and_its_parent_go_their_own_ways(notebook: Notebook):
    notebook.write("a")
    child = notebook.branch("child")
    assert child.url != notebook.url
    child.write("b")
    notebook.write("c")
    assert child.words() == ["a", "b"]
    assert notebook.words() == ["a", "c"]


def test_a_rewind_inside_a_branch_leaves_the_parent_alone(notebook: Notebook):
    _, b, _ = (notebook.write(word) for word in "abc")
    child = notebook.branch("child", at=b)
    assert child.words() == ["a", "b"]
    x = child.write("x")
    child.write("y")
    child.rewind(x)
    assert child.words() == ["a", "b", "x"]
    assert notebook.words() == ["a", "b", "c"]
    child.undo()
    assert child.words() == ["a", "b", "x", "y"]


def test_a_branch_outlives_rewinds_of_its_parent(notebook: Notebook):
    a, _ = (notebook.write(word) for word in "ab")
    child = notebook.branch("child")
    notebook.rewind(a)
    c = child.write("c")
    child.write("d")
    notebook.house.call("history.collect", ref=notebook.ref)
    assert child.words() == ["a", "b", "c", "d"]
    child.rewind(c)
    assert child.words() == ["a", "b", "c"]
    assert notebook.words() == ["a"]


@pytest.mark.parametrize("storage", [pytest.param("btrfs", marks=[pytest.mark.root, pytest.mark.thorough]), "copy"])
def test_a_branch_of_a_branch_at_a_past_moment(storage):
    """On plain storage a young branch has no base of its own yet: its moments rest on its parent's history."""
    with house_on(storage) as house:
        notebook = Notebook.create(house, "shop")
        notebook.write("a")
        child = notebook.branch("child")
        young = child.moment()
        b, _ = (child.write(word) for word in "bc")
        grandchild = child.branch("grandchild", at=b)
        assert grandchild.words() == ["a", "b"]
        assert child.branch("newborn", at=young).words() == ["a"]
        d, _ = (grandchild.write(word) for word in "de")
        assert grandchild.branch("fourth", at=d).words() == ["a", "b", "d"]
        grandchild.rewind(d)
        assert grandchild.words() == ["a", "b", "d"]
        assert child.words() == ["a", "b", "c"]
        _wait_for_base(child)
        child.write("f")
        child.rewind(young)
        assert child.words() == ["a"]
        assert child.branch("late", at=b).words() == ["a", "b"]


def test_a_branch_has_no_history_from_before_itself(notebook: Notebook):
    a = notebook.write("a")
    child = notebook.branch("child")
    with pytest.raises(NacreError) as refused:
        child.rewind(a)
    assert refused.value.code == "moment-before-window"


def test_a_branch_put_back_to_its_parent_can_have_its_own_back(notebook: Notebook):
    notebook.write("a")
    child = notebook.branch("child")
    child.write("b")
    c = notebook.write("c")
    child.reset()
    assert child.words() == ["a", "c"]
    child.write("d")
    child.undo()
    assert child.words() == ["a", "b"]
    child.undo()
    assert child.words() == ["a", "c", "d"]
    notebook.write("e")
    notebook.house.call("branch.reset", ref=child.ref, at=c)
    assert child.words() == ["a", "c"]
    assert notebook.words() == ["a", "c", "e"]


def test_main_has_no_parent_to_be_reset_to(notebook: Notebook):
    with pytest.raises(NacreError) as refused:
        notebook.reset()
    assert refused.value.code == "no-parent"


def test_deleting_takes_children_before_parents_and_leaves_nothing(notebook: Notebook):
    house = notebook.house
    a = notebook.write("a")
    child = notebook.branch("child", at=a)
    grandchild = child.branch("grandchild")
    with pytest.raises(NacreError) as refused:
        house.call("branch.delete", ref=child.ref)
    assert refused.value.code == "branch-has-children"
    assert grandchild.ref in refused.value.message
    with pytest.raises(NacreError) as refused:
        house.call("branch.delete", ref=notebook.ref)
    assert refused.value.code == "main-branch"
    folders = [house.files(one.ref).parent for one in (grandchild, child)]
    for one in (grandchild, child):
        assert house.call("branch.delete", ref=one.ref)["removed"] == [one.ref]
    assert not any(folder.exists() for folder in folders)
    assert notebook.words() == ["a"]
    assert notebook.words_at(a) == ["a"]
    again = notebook.branch("child")
    assert again.words() == ["a"]
    project = house.settings.projects / notebook.ref
    removed = house.call("project.delete", ref=notebook.ref)["removed"]
    assert set(removed) == {f"{notebook.ref}:child", notebook.ref}
    assert not project.exists()
    assert not [command for command in house.processes().values() if str(project) in command]


def test_a_branch_made_after_another_was_deleted_soon_has_a_base_of_its_own(notebook: Notebook):
    """It is given the numbers of the one that went, which the keeper has looked at once more after its base."""
    child = notebook.branch("child")
    _wait_for_base(child)
    time.sleep(3)  # the keeper looks every second and leaves no trace: were this too short, nothing would be proven
    notebook.house.call("branch.delete", ref=child.ref)
    _wait_for_base(notebook.branch("child"))


def _wait_for_base(branch: Notebook) -> None:
    """Until the keeper has taken a base of the branch's newest generation."""
    place = branch.house.files(branch.ref).with_name("postgres")
    eventually(lambda: [*max(place.iterdir()).glob("bases/*/data")], within_s=30, every_s=0.05)
