"""Where things lie: every branch, generation and base in a folder of its own, all under the home."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nacre.branches.places import Places
from nacre.core.names import Ref

PLACES = Places(Path("/home/nacre"))
slugs = st.from_regex(r"[a-z][a-z0-9-]{0,38}", fullmatch=True)
refs = st.builds(Ref, slugs, slugs)


def of_branch(ref: Ref) -> set[Path]:
    return {
        PLACES.files(ref),
        PLACES.past(ref),
        *(place(ref, number) for place in (PLACES.data, PLACES.wal) for number in (1, 2)),
        *(PLACES.base(ref, generation, base) for generation in (1, 2) for base in (1, 2)),
    }


@given(refs)
def test_nothing_of_a_branch_lies_in_the_place_of_another_thing_of_it(ref: Ref) -> None:
    places = of_branch(ref)
    assert len(places) == 10
    for place in places:
        assert PLACES.branch(ref) in place.parents
        assert not places & set(place.parents)


@given(refs, refs)
def test_two_branches_share_no_place(a: Ref, b: Ref) -> None:
    if a != b:
        assert not PLACES.branch(a).is_relative_to(PLACES.branch(b))


@given(refs)
def test_the_history_of_a_project_outlives_its_branches(ref: Ref) -> None:
    assert not PLACES.history(ref.project).is_relative_to(PLACES.branch(ref))
    assert PLACES.history(ref.project).is_relative_to(PLACES.project(ref.project))


def test_the_files_of_main_lie_where_the_documentation_says() -> None:
    assert PLACES.files(Ref("shop")) == Path("/home/nacre/projects/shop/branches/main/files")


def test_two_branches_share_no_log_however_their_names_are_put_together() -> None:
    assert PLACES.postgres_log(Ref("a-b", "c")) != PLACES.postgres_log(Ref("a", "b-c"))
