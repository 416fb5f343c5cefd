"""Who may see which numbers."""

from hypothesis import given
from hypothesis import strategies as some

from nacre.core.names import Ref
from nacre.core.principals import Kind, Principal, Role
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.sample import Subject
from nacre.monitoring.seeing import may_see, sees_all, sight_of

NAMES = some.sampled_from(["shop", "blog"])
ROLES = some.sampled_from(Role)
SUBJECTS = some.builds(
    Subject, some.sampled_from(list(KINDS)), some.sampled_from(["", "shop", "shop:try", "shop:try/ann", "blog/cart"])
)


@given(
    some.builds(
        Principal,
        kind=some.sampled_from(Kind),
        name=NAMES,
        role=ROLES,
        projects=some.none() | some.frozensets(NAMES),
        members_only=some.booleans(),
        memberships=some.dictionaries(NAMES, ROLES),
        branch=some.sampled_from([None, Ref("shop", "try"), Ref("shop", "main")]),
    ),
    SUBJECTS,
)
def test_those_of_one_sight_see_the_same(who: Principal, subject: Subject) -> None:
    sight = sight_of(who)
    assert may_see(sight, subject) == may_see(who, subject) and sees_all(sight) == sees_all(who)
    assert sight_of(sight) == sight
