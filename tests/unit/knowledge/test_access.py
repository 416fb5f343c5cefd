"""Who may do what with which collection."""

import pytest

from nacre.core.names import Ref
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.knowledge.access import Reach, may_delete, may_read, may_write

PRIVATE = Reach("private", "ann", None)
SHOP = Reach("project", "ann", "shop")
EVERYONE = Reach("everyone", "ann", None)


def person(name: str, role: Role = Role.USER, **memberships: Role) -> Principal:
    return Principal(Kind.PERSON, name, role, person=name, members_only=role is Role.USER, memberships=memberships)


def token(person_: str, *projects: str, branch: Ref | None = None, role: Role = Role.ADMIN) -> Principal:
    return Principal(Kind.AGENT, "agent", role, person=person_, projects=frozenset(projects), branch=branch)


ANN, BOB, ROOT = person("ann"), person("bob"), person("root", Role.ADMIN)
LOOKS, WORKS, LEADS = (person("eve", shop=role) for role in (Role.VIEWER, Role.USER, Role.ADMIN))


@pytest.mark.parametrize(
    ("who", "reach", "rights"),
    [
        (ANN, PRIVATE, "rwd"), (BOB, PRIVATE, ""), (ROOT, PRIVATE, ""), (OWNER, PRIVATE, "rwd"),
        (person("ann", Role.VIEWER), PRIVATE, "r"),
        (BOB, SHOP, ""), (LOOKS, SHOP, "r"), (WORKS, SHOP, "rw"), (LEADS, SHOP, "rwd"), (ROOT, SHOP, "rwd"),
        (ANN, SHOP, ""), (person("ann", shop=Role.USER), SHOP, "rwd"),
        (ANN, EVERYONE, "rwd"), (BOB, EVERYONE, "r"), (ROOT, EVERYONE, "rwd"),
        (token("ann", "shop"), PRIVATE, ""), (token("ann", "shop"), EVERYONE, ""), (token("ann", "shop"), SHOP, "rwd"),
        (token("ann", "elsewhere"), SHOP, ""), (token("ann", "shop", role=Role.VIEWER), SHOP, "r"),
        (token("ann", "shop", branch=Ref("shop", "try")), SHOP, "r"),
    ],
)  # fmt: skip
def test_each_caller_has_these_rights_and_no_others(who: Principal, reach: Reach, rights: str) -> None:
    checks = {"r": may_read, "w": may_write, "d": may_delete}
    assert "".join(letter for letter, may in checks.items() if may(who, reach)) == rights
