"""Who sees which logs: nobody sees more by asking for them than what they come from lets them see."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.names import Ref
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.monitoring.logs.follower import fair_share
from nacre.monitoring.logs.seeing import may_see
from nacre.monitoring.logs.shelves import is_of
from nacre.monitoring.logs.source import Source, label, labelled, parts, read_plan, write_plan

PROJECTS = {"shop": 1000, "till": 2000}


def source(kind: str, project: str = "shop", since: int = 1000, branch: str = "main", **more: str) -> Source:
    return Source("key", f"{kind} {project}", kind, "/x", project, since, branch, **more)  # type: ignore[arg-type]


POSTGRES, APP, NACRE = source("postgres"), source("app", app="shop"), Source("nacre.daemon", "daemon", "nacre", "/x")


def member(role: Role, **more: object) -> Principal:
    limits = {"members_only": True, "memberships": {"shop": role}, **more}
    return Principal(Kind.PERSON, "ann", Role.USER, **limits)  # type: ignore[arg-type]


def test_members_see_what_their_project_writes_and_nothing_else() -> None:
    viewer, user = member(Role.VIEWER), member(Role.USER)
    assert may_see(viewer, POSTGRES, PROJECTS)
    assert may_see(viewer, source("workspace"), PROJECTS)
    assert not may_see(viewer, APP, PROJECTS), "`app logs` needs the role user"
    assert may_see(user, APP, PROJECTS)
    for one in (NACRE, source("postgres", "till", 2000), source("app", "till", 2000)):
        assert not may_see(user, one, PROJECTS)


def test_what_the_database_of_an_app_writes_is_for_admins_as_its_data_is() -> None:
    data = source("postgres", branch="production", app="shop")
    assert not may_see(member(Role.USER), data, PROJECTS)
    assert may_see(member(Role.ADMIN), data, PROJECTS)


def test_what_a_project_of_the_same_name_left_is_for_admins() -> None:
    old = source("postgres", since=999)
    assert not may_see(member(Role.ADMIN), old, PROJECTS)
    assert may_see(OWNER, old, PROJECTS)


def test_a_token_for_one_branch_or_project_sees_no_more_than_that() -> None:
    here = Principal(Kind.AGENT, "bot", Role.ADMIN, projects=frozenset(("shop",)))
    assert may_see(here, APP, PROJECTS)
    assert not may_see(here, NACRE, PROJECTS)
    assert not may_see(here, source("postgres", "till", 2000), PROJECTS)
    branch = Principal(Kind.AGENT, "bot", Role.USER, branch=Ref("shop", "try"))
    assert may_see(branch, source("postgres", branch="try"), PROJECTS)
    assert not may_see(branch, POSTGRES, PROJECTS)


def test_what_was_done_in_a_project_is_for_its_admins() -> None:
    done, whole = source("audit", branch=""), Source("audit", "audit", "audit", "/x")
    assert not may_see(member(Role.USER), done, PROJECTS)
    assert may_see(member(Role.ADMIN), done, PROJECTS)
    assert not may_see(member(Role.ADMIN), source("audit", since=999, branch=""), PROJECTS)
    assert not may_see(member(Role.ADMIN), whole, PROJECTS)
    branch = Principal(Kind.AGENT, "bot", Role.ADMIN, branch=Ref("shop", "try"))
    assert not may_see(branch, done, PROJECTS) and not may_see(branch, whole, PROJECTS)
    assert may_see(OWNER, whole, PROJECTS)


KINDS = st.sampled_from(("nacre", "audit", "postgres", "app", "release", "workspace"))


@given(KINDS, st.sampled_from(("shop", "till")), st.sampled_from((1000, 2000)), st.sampled_from(Role))
def test_nobody_sees_what_is_of_no_project_that_they_are_in(kind: str, project: str, since: int, role: Role) -> None:
    if may_see(member(role), source(kind, project, since), PROJECTS):
        assert project == "shop" and since == 1000 and kind != "nacre"


def test_what_people_write_names_what_they_mean() -> None:
    assert is_of(POSTGRES, "shop") and is_of(APP, "shop") and is_of(POSTGRES, "shop:main")
    assert not is_of(source("postgres", branch="try"), "shop") and is_of(source("postgres", branch="try"), "shop:try")
    assert is_of(source("postgres", branch="try"), "shop:*")
    assert is_of(Source("nacre.daemon", "daemon", "nacre", "/x", process="daemon"), "daemon")
    assert is_of(NACRE, "nacre") and is_of(POSTGRES, "postgres") and not is_of(NACRE, "shop")


def test_what_is_followed_is_told_and_labelled_whole(tmp_path: Path) -> None:
    workspace = Source("w", "workspace ann", "workspace", str(tmp_path), "shop", 1000, each=True, but=("exec-",))
    write_plan(tmp_path / "plan.json", [workspace, APP])
    assert read_plan(tmp_path / "plan.json") == [workspace, APP]
    for name in ("web", "exec-1", "web-2026-01-31T10-42-07.000"):
        (tmp_path / f"{name}.log").touch()
    (web,) = parts(workspace)
    assert (web.key, web.name, web.process) == ("w.web", "workspace ann web", "web")
    label(tmp_path, web)
    assert labelled(tmp_path) == web
    (tmp_path / "source.json").write_text('{"key": 7}')
    assert labelled(tmp_path) is None


@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(0, 10_000))
def test_a_fair_share_fits_and_takes_only_from_those_who_have_more(sizes: list[int], total: int) -> None:
    share = fair_share(sizes, total)
    assert sum(min(size, share) for size in sizes) <= total
    if sum(sizes) > total:
        assert sum(min(size, share + 1) for size in sizes) > total or share >= max(sizes)


@pytest.mark.parametrize("hostile", ["../../etc", "..", "a/b"])
def test_a_process_cannot_name_a_shelf_elsewhere(tmp_path: Path, hostile: str) -> None:
    assert all("/" not in part.key for part in parts(Source("w", "", "workspace", str(tmp_path / hostile), each=True)))
