"""Who may see which logs: Nacre's own are its admins', all others those of whoever may enter what wrote them.

What was done in a project is for its admins: it names everybody's arguments. So is what the database of an app writes:
keys and statements in it have what visitors entrusted to the app, and only admins look at that (publishing/guard.py).
"""

from collections.abc import Mapping

from nacre.core.names import Ref
from nacre.core.principals import Principal, Role
from nacre.monitoring.logs.source import Kind, Source

_NEEDED: Mapping[Kind, Role] = {
    "nacre": Role.ADMIN,
    "audit": Role.ADMIN,
    "postgres": Role.VIEWER,
    "app": Role.USER,  # as `app logs`
    "requests": Role.USER,
    "release": Role.VIEWER,
    "workspace": Role.VIEWER,
}


def may_see(who: Principal, source: Source, projects: Mapping[str, int]) -> bool:
    """`projects` are those that there are, with when they were made, in ms.

    What a project that is gone has left is for admins: another one that has its name now may be other people's.
    """
    if who.projects is None and who.branch is None and who.role >= Role.ADMIN:
        return True
    if source.kind == "nacre" or not source.project or projects.get(source.project) != source.since:
        return False
    role = who.role_in(source.project)
    needed = Role.ADMIN if source.kind == "postgres" and source.app else _NEEDED[source.kind]
    if role is None or role < needed:
        return False
    return who.branch is None or who.branch == Ref(source.project, source.branch)
