"""Who may do what with a collection. Pure: asked with what is known of the collection and the caller.

Private ones are their person's; a project's are open as the project is; those for everyone are read by everybody and
filled by whoever made them and by admins. A token that is limited to projects reaches the collections of these alone.
"""

from dataclasses import dataclass
from typing import Literal

from nacre.core.principals import OWNER, Principal, Role

Access = Literal["private", "project", "everyone"]
HIDDEN = "hidden"
"""Of a collection that is on its way in or out: nobody sees it, under whatever name."""


@dataclass(frozen=True)
class Reach:
    """Of a collection: `person` made it, `project` is whose it is where `access` is "project"."""

    access: str
    person: str
    project: str | None


def may_read(who: Principal, reach: Reach) -> bool:
    return (_role(who, reach) or 0) >= Role.VIEWER


def may_write(who: Principal, reach: Reach) -> bool:
    """Not with the token of a workspace: what is in a collection concerns all branches of its project."""
    return who.branch is None and (_role(who, reach) or 0) >= Role.USER


def may_delete(who: Principal, reach: Reach) -> bool:
    role = _role(who, reach) or 0
    return who.branch is None and (role >= Role.ADMIN or (role >= Role.USER and who.person == reach.person))


def _role(who: Principal, reach: Reach) -> Role | None:
    """The caller's role in this collection, None when it is none of their business."""
    if reach.access == HIDDEN:
        return None
    if reach.access == "project":
        assert reach.project is not None
        return who.role_in(reach.project)
    if who.projects is not None or who.branch is not None:
        return None
    own = who.person == reach.person
    if reach.access == "private":
        return who.role if own or who == OWNER else None
    return who.role if own or who.role >= Role.ADMIN else Role.VIEWER
