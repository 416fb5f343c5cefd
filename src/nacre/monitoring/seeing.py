"""Who may see which numbers: admins all, others those of the branches they may enter and of their projects' apps.

Labels tell whose they are: a branch is shop:try, a workspace on it shop:try/ann, an app of the project shop/cart.
"""

from nacre.core.errors import InvalidInput
from nacre.core.names import Ref
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.monitoring.measures.app import APP
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.history import HISTORY
from nacre.monitoring.measures.upkeep import UPKEEP
from nacre.monitoring.measures.workspace import WORKSPACE
from nacre.monitoring.sample import Subject

_OF_BRANCHES = (CLUSTER.name, UPKEEP.name, HISTORY.name, WORKSPACE.name)


def may_see(who: Principal, subject: Subject) -> bool:
    if sees_all(who):
        return True
    first, _, _ = subject.label.partition("/")
    if subject.kind == APP.name:
        return who.branch is None and who.may_touch(first)
    if subject.kind not in _OF_BRANCHES:
        return False
    try:
        return who.may_enter(Ref.parse(first))
    except InvalidInput:  # what is no branch's name is nobody's
        return False


def sees_all(who: Principal) -> bool:
    return who.projects is None and who.branch is None and who.role >= Role.ADMIN


def sight_of(who: Principal) -> Principal:
    """The same for all who may see the same: what is found out for one of them holds for the others."""
    if sees_all(who):
        return OWNER
    return Principal(
        Kind.PERSON, "", who.role, who.projects, members_only=who.members_only, memberships=who.memberships,
        branch=who.branch,
    )  # fmt: skip
