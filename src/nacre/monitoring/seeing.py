"""Who may see which numbers: admins those of the machine and of Nacre, others those of the branches they may enter."""

from nacre.core.errors import InvalidInput
from nacre.core.names import Ref
from nacre.core.principals import Principal, Role
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.upkeep import UPKEEP
from nacre.monitoring.sample import Subject

_OF_BRANCHES = (CLUSTER.name, UPKEEP.name)


def may_see(who: Principal, subject: Subject) -> bool:
    if who.projects is None and who.branch is None and who.role >= Role.ADMIN:
        return True
    if subject.kind not in _OF_BRANCHES:
        return False
    try:
        return who.may_enter(Ref.parse(subject.label))
    except InvalidInput:  # what is no branch's name is nobody's
        return False
